/** Cloud Run kills ten seconds after SIGTERM: https://cloud.google.com/run/docs/container-contract#instance-shutdown */
const sigtermMillis = 8000;

export interface ProcessEnd {
  readonly flushOnSigterm: boolean;
  /** Whether messages are in memory that are not safe. */
  readonly holdsAny: () => boolean;
  /** Sends or spools what is held, within so many milliseconds. */
  readonly close: (millis: number) => Promise<void>;
  /** Spools what is held without waiting for anything; answers with how many messages it could not save. */
  readonly saveNow: () => number;
}

/**
 * Keeps messages from being lost with the process, as far as a process can know of its end:
 * - SIGTERM: held messages are sent or spooled, then the signal takes its course unless the program has a listener too;
 * - nothing left to do: the process goes on until the messages are safe;
 * - `process.exit`, also after an uncaught exception: they are spooled; without spool their number is printed.
 * @returns a function that takes it all back
 */
export function endWithProcess({ flushOnSigterm, holdsAny, close, saveNow }: ProcessEnd): () => void {
  const save = (): void => {
    const lost = saveNow();
    if (lost > 0) process.stderr.write(`onramp: the process ended with ${lost} messages that were not published\n`);
  };
  const onSigterm = (): void => {
    void close(sigtermMillis)
      .catch(() => undefined)
      .finally(() => {
        if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
      });
  };
  const onBeforeExit = (): void => {
    // The event comes again when this is over.
    if (holdsAny()) setTimeout(() => undefined, 500);
  };
  process.on('exit', save);
  process.on('beforeExit', onBeforeExit);
  if (flushOnSigterm) process.on('SIGTERM', onSigterm);
  return () => {
    process.off('exit', save);
    process.off('beforeExit', onBeforeExit);
    process.off('SIGTERM', onSigterm);
  };
}
