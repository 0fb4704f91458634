import { messageOfError } from '../log.ts';

/** A value that is loaded once for all who ask at the same time, and again once it has aged. */
export interface Refreshing<T> {
  /** Waits for a load when there is no value, or none younger than `olderThan` milliseconds. */
  get(olderThan?: number): Promise<T>;
  /** Waits for a load that begins from now on: what was there when it was asked for, is in it. */
  fresh(): Promise<T>;
}

/** `what` names the value in the log, `maxAgeMillis` is the age at which it is loaded again in the background. */
export function refreshing<T>(
  what: string,
  load: () => Promise<T>,
  maxAgeMillis: number,
  now: () => number,
): Refreshing<T> {
  let value: { readonly loaded: T; readonly at: number } | undefined;
  let loading: Promise<T> | undefined;
  /** Begins when the one under way, which may have missed something, is over. */
  let next: Promise<T> | undefined;

  const reload = () => {
    // When it was asked for, not when it came: it may have changed in between.
    const at = now();
    return (loading ??= load()
      .then(loaded => {
        value = { loaded, at };
        return loaded;
      })
      .finally(() => {
        loading = undefined;
      }));
  };

  return {
    async get(olderThan = Number.POSITIVE_INFINITY) {
      if (value === undefined) return reload();
      const age = now() - value.at;
      if (age > olderThan) return reload();
      if (age > maxAgeMillis) {
        void reload().catch((error: unknown) => {
          // The old one goes on being used; the next caller tries again.
          console.warn(JSON.stringify({ severity: 'WARNING', message: `${what}: ${messageOfError(error)}` }));
        });
      }
      return value.loaded;
    },
    fresh() {
      const present = loading?.catch(() => undefined) ?? Promise.resolve();
      return (next ??= present.then(() => {
        next = undefined;
        return reload();
      }));
    },
  };
}
