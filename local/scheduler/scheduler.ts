import http from 'node:http';
import https from 'node:https';
import { Cron } from 'croner';
import { type Clock, longestTimerMillis, systemClock, type Timer } from '../clock.ts';

/** A job as the program declares it, with the provider's names. */
export interface Schedule {
  readonly name: string;
  /** Five fields, as in crontab. */
  readonly schedule: string;
  /** Such as `Asia/Tokyo`; UTC when absent. */
  readonly timeZone?: string;
  /** How long a request may take, such as `180s`. */
  readonly attemptDeadline?: string;
  readonly paused?: boolean;
  readonly httpTarget: {
    readonly uri: string;
    readonly httpMethod?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** In base64. */
    readonly body?: string;
    readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience?: string };
  };
}

export interface SchedulerOptions {
  /** Signs the bearer for a job's account; undefined when the service may not sign as it. */
  readonly authorization: (email: string, audience: string) => string | undefined;
  readonly clock?: Clock;
  /** Told of every request that did not succeed: the job, and the status or why there was none. */
  readonly onFailure?: (job: string, problem: string) => void;
}

/** A running stand-in for Cloud Scheduler. It has no API: jobs are declared by the program and nobody else. */
export interface Scheduler {
  /** Sends the request of a job now, as `gcloud scheduler jobs run` does. Resolves when it has been answered. */
  run(name: string): Promise<void>;
  /** Whether a request is out. */
  isBusy(): boolean;
  /** Sends nothing more; resolves when nothing is out. */
  stop(): Promise<void>;
}

/** https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#Job */
const usualDeadlineMillis = 180_000;

/**
 * Sends every job's request at its times. A time at which the job's last request is still out is left out, and a time
 * that passed while nothing ran is not made up for, as on Google Cloud.
 * Throws the cron parser's error for a schedule that is none.
 */
export function startScheduler(jobs: readonly Schedule[], options: SchedulerOptions): Scheduler {
  const clock = options.clock ?? systemClock;
  const timers = new Map<string, Timer>();
  const out = new Map<string, Promise<void>>();
  let stopped = false;

  const run = (job: Schedule, time: number): Promise<void> => {
    const running = out.get(job.name);
    if (running) return running;
    const sent = send(job, time, clock, options).finally(() => out.delete(job.name));
    out.set(job.name, sent);
    return sent;
  };
  const plan = (job: Schedule, cron: Cron, after: number) => {
    const next = cron.nextRun(new Date(after))?.getTime();
    if (next === undefined || stopped) return;
    const wait = next - clock.now();
    const timer =
      wait > longestTimerMillis
        ? clock.setTimeout(() => plan(job, cron, clock.now()), longestTimerMillis)
        : clock.setTimeout(() => {
            void run(job, next);
            plan(job, cron, Math.max(next, clock.now() - 1000));
          }, wait);
    timers.set(job.name, timer);
  };
  for (const job of jobs) {
    const cron = new Cron(job.schedule, { timezone: job.timeZone ?? 'UTC', paused: true });
    if (job.paused !== true) plan(job, cron, clock.now());
  }

  return {
    async run(name) {
      const job = jobs.find(each => each.name === name);
      if (!job) throw new Error(`the program declares no schedule ${name}`);
      await run(job, clock.now());
    },
    isBusy: () => out.size > 0,
    async stop() {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(out.values());
    },
  };
}

async function send(job: Schedule, time: number, clock: Clock, options: SchedulerOptions): Promise<void> {
  const problem = await answerOf(job, time, clock, options.authorization);
  if (problem !== undefined) options.onFailure?.(job.name, problem);
}

/** Undefined for success. */
async function answerOf(
  { name, attemptDeadline, httpTarget }: Schedule,
  time: number,
  clock: Clock,
  authorization: SchedulerOptions['authorization'],
): Promise<string | undefined> {
  const { uri, httpMethod = 'POST', headers = {}, body, oidcToken } = httpTarget;
  const url = new URL(uri);
  const bearer = oidcToken ? authorization(oidcToken.serviceAccountEmail, oidcToken.audience ?? uri) : undefined;
  const deadlineMillis = attemptDeadline ? Number.parseFloat(attemptDeadline) * 1000 : usualDeadlineMillis;
  return new Promise(resolve => {
    const request = (url.protocol === 'https:' ? https : http).request(
      url,
      {
        method: httpMethod,
        headers: {
          ...headers,
          'user-agent': 'Google-Cloud-Scheduler',
          'x-cloudscheduler': 'true',
          'x-cloudscheduler-jobname': name.replace(/^.*\//, ''),
          'x-cloudscheduler-scheduletime': new Date(time).toISOString(),
          // Without a token the function refuses the request, as it would on Google Cloud.
          ...(bearer !== undefined && { authorization: bearer }),
        },
      },
      response => {
        const { statusCode = 0 } = response;
        response.on('error', () => undefined); // The status has been seen, and nobody reads the body.
        response.resume();
        resolve(statusCode >= 200 && statusCode < 300 ? undefined : `HTTP ${statusCode}`);
      },
    );
    const deadline = clock.setTimeout(() => request.destroy(new Error('deadline exceeded')), deadlineMillis);
    request.on('error', error => resolve(error.message));
    request.on('close', () => deadline.cancel());
    request.end(body === undefined ? undefined : Buffer.from(body, 'base64'));
  });
}
