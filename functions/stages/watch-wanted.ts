import { Interrupted } from './interrupted.ts';

/** A look reads one object; a database that is read for nothing is read for so long at most. */
const everyMillis = 10_000;

/** Looks again and again whether an attempt is wanted, and interrupts its execution when it is not. */
export function watchWanted(
  isWanted: () => Promise<boolean>,
  abort: AbortController,
  millis = everyMillis,
): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    // What could not be seen now is seen the next time.
    const wanted = await isWanted().catch(() => true);
    if (stopped) return;
    if (wanted) wait();
    else abort.abort(new Interrupted('run'));
  };
  const wait = () => {
    timer = setTimeout(() => void look(), millis);
  };
  wait();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
