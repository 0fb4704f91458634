/** The messages of google.cloud.tasks.v2 as proto-loader makes them (numbers for 64-bit, names for enums). */

export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

export type Duration = Timestamp;

export interface RateLimits {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
}

export interface RetryConfig {
  /** -1: without end. */
  readonly maxAttempts: number;
  readonly maxRetryDuration: Duration | null;
  readonly minBackoff: Duration | null;
  readonly maxBackoff: Duration | null;
  readonly maxDoublings: number;
}

export type QueueState = 'RUNNING' | 'PAUSED';

export interface Queue {
  /** `projects/<project>/locations/<location>/queues/<queue>` */
  readonly name: string;
  readonly rateLimits: RateLimits;
  readonly retryConfig: RetryConfig;
  readonly state: QueueState;
}

export interface HttpRequest {
  readonly url: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string } | null;
}

export interface Attempt {
  readonly scheduleTime?: Timestamp | null;
  readonly dispatchTime?: Timestamp | null;
  readonly responseTime?: Timestamp | null;
  readonly responseStatus?: { readonly code: number; readonly message: string } | null;
}

export interface Task {
  /** `<queue>/tasks/<task>` */
  readonly name: string;
  readonly httpRequest: HttpRequest;
  readonly scheduleTime: Timestamp;
  readonly createTime: Timestamp;
  readonly dispatchDeadline: Duration;
  readonly dispatchCount: number;
  readonly responseCount: number;
  readonly firstAttempt: Attempt | null;
  readonly lastAttempt: Attempt | null;
}

export const millisOf = ({ seconds, nanos }: Timestamp): number => seconds * 1000 + Math.trunc(nanos / 1e6);

export const timestampOf = (millis: number): Timestamp => {
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanos: Math.round((millis - seconds * 1000) * 1e6) };
};
