import { ledgerObject } from './batch-names.ts';
import { type Destination, destinationId, type ExportAddress, type ExportConfig } from './config.ts';
import type { Instant } from './instant.ts';
import type { RunStatus } from './run-status.ts';

/** A run that somebody is about to make, or to start anew. */
export interface RunToStart {
  readonly interval: { readonly start: Instant };
  /** Ids of the destinations that an attempt of it was loaded into. */
  readonly loaded: readonly string[];
}

/**
 * What somebody has to know who is about to start runs: the tables to which some of them add nothing, since an interval
 * is appended once, and a table that is replaced does not go back. A sentence for each table; `all` are the export's runs.
 */
export function nothingAdded(
  { address, destinations }: Pick<ExportConfig, 'address' | 'destinations'>,
  starting: readonly RunToStart[],
  all: readonly RunStatus[],
): string[] {
  return destinations.flatMap(destination => {
    const idle = starting.filter(({ interval, loaded }) =>
      destination.writeMode === 'append'
        ? loaded.includes(destinationId(destination))
        : destination.writeMode === 'replace' && all.some(run => wasLoaded(run) && run.interval.start > interval.start),
    );
    const which = starting.length === 1 ? 'the run' : `${idle.length} of the ${starting.length} runs`;
    return idle.length === 0 ? [] : [sentence(which, destination, address, idle)];
  });
}

/** Not of a run that was marked as done. */
const wasLoaded = ({ state, seconds }: RunStatus): boolean => state === 'done' && seconds !== undefined;

function sentence(
  which: string,
  destination: Destination,
  address: ExportAddress,
  idle: readonly RunToStart[],
): string {
  const table = destinationId(destination);
  if (destination.writeMode === 'replace') return `${table} holds a later state: ${which} will change nothing in it.`;
  const [only] = idle;
  const object = ledgerObject(destination, address, { start: only?.interval.start ?? '' });
  const ledger =
    idle.length === 1 ? `the object ${object}` : `their objects below ${object.slice(0, object.lastIndexOf('/') + 1)}`;
  return (
    `${table} is appended to once for each interval, and has that: ${which} will add nothing to it. ` +
    `To load anew, first delete the rows, and ${ledger} in the state bucket.`
  );
}
