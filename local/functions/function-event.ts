/** What a function's process tells the local cloud. */
export type FunctionEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Somebody who may not call the function did. */
  | { readonly kind: 'refused'; readonly email: string }
  /** It shows the time that it was told to. */
  | { readonly kind: 'clock'; readonly offset: number };

/** What the local cloud tells a function's process. */
export type FunctionOrder =
  /** Who may call it from now on, as emails and `@<domain>`s. */
  | { readonly kind: 'invokers'; readonly invokers: readonly string[] }
  /** By how many milliseconds its time is ahead of the real one. */
  | { readonly kind: 'clock'; readonly offset: number };
