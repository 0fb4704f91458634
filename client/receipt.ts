/** Where a message is once `publish` has resolved: in each case it outlives this process. */
export type Receipt =
  /** Pub/Sub has it, under this id. */
  | { readonly at: 'pubsub'; readonly messageId: string }
  /** Pub/Sub is away; the message is in the spool's folder, and will be sent when Pub/Sub is back. */
  | { readonly at: 'spool' }
  /** It has been printed; Cloud Logging brings it to the ramp. */
  | { readonly at: 'stdout' };
