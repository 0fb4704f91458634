import { isInFlight, type RunStatus } from '../functions/core/batch/run-status.ts';
import type { Fields } from './view/operation.ts';

/** How a page that shows something in motion is kept up to date. */
export interface Refresh {
  /** After so many seconds the browser asks for it again. */
  readonly seconds: number;
  /** Whether somebody does not want that now: to fill in a form, or to read in peace. Without it there are no forms. */
  readonly isStopped: boolean;
  /** The page without what was just done, as it is asked for again. */
  readonly again: string;
  /** The same, standing still. */
  readonly still: string;
}

/** Of what an attempt is under way, and of what waits for something. */
const seconds = { inFlight: 10, waiting: 30 } as const;

/** Undefined when nothing moves. */
export function refreshOf(path: string, query: Fields, runs: readonly RunStatus[]): Refresh | undefined {
  const found = runs.some(isInFlight) ? seconds.inFlight : runs.some(isWaiting) ? seconds.waiting : undefined;
  if (found === undefined) return undefined;
  const { did: _did, changed: _changed, missed, refresh, ...rest } = query;
  const at = (fields: Fields) => {
    const text = new URLSearchParams(fields).toString();
    return text === '' ? path : `${path}?${text}`;
  };
  return {
    seconds: found,
    // What was left alone is told once only, and has to be read.
    isStopped: refresh === 'off' || missed !== undefined,
    again: at(rest),
    still: at({ ...rest, refresh: 'off' }),
  };
}

/** Whether a run goes on by itself; a pause, or a pool that is not there, is ended by a person. */
const isWaiting = ({ state, waitingFor }: RunStatus): boolean =>
  state === 'retrying' ||
  (state === 'waiting' && !waitingFor.some(({ code }) => code === 'paused' || code === 'pool-unknown'));
