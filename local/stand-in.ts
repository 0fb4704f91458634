/**
 * What every stand-in for a Google service has in common. A stand-in keeps its state in one folder and speaks the real
 * wire protocol on any number of loopback ports, one per calling identity: the port tells it who calls, since client
 * libraries send no token to an emulator.
 */
export interface StandIn {
  /**
   * Opens another port on 127.0.0.1 for one caller; 0 picks a free one. Answers with the port.
   * Rejects with the system's error (EADDRINUSE) when the port is taken.
   */
  listen(caller: Caller, port?: number): Promise<number>;
  /** Refuses new calls, lets those in flight finish, writes everything to its folder and closes all ports. */
  close(): Promise<void>;
}

/** The identity behind a port: a service account's email, or `operator` for the person at this machine. */
export type Caller = string;

export const operator: Caller = 'operator';

/**
 * Says whether `caller` has `permission` (such as `pubsub.topics.publish`) on `resource` (its full name, such as
 * `projects/p/topics/t`, `projects/_/buckets/b/objects/o` or `projects/p/datasets/d/tables/t`). A stand-in asks it on
 * every call, before it looks whether the resource exists, and answers a refusal with Google's own error shape.
 */
export type Authorize = (caller: Caller, permission: string, resource: string) => boolean;

export const allowAll: Authorize = () => true;
