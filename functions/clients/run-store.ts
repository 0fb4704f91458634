import { parseRunObject, runObject, runPrefix, runsOfService } from '../core/batch/batch-names.ts';
import type { ExportAddress } from '../core/batch/config.ts';
import type { Interval } from '../core/batch/interval.ts';
import { applyEvent, type Run, type RunEvent } from '../core/batch/run.ts';
import { type RunStatus, statusOf } from '../core/batch/run-status.ts';
import type { Documents } from './documents.ts';

/** The runs, each one object of the state bucket. */
export interface RunStore {
  /** Those of an export from an interval's start on, oldest first, in one listing. */
  statuses(address: ExportAddress, from?: Interval['start']): Promise<RunStatus[]>;
  /** Ids of the exports of a service that have any run, in one listing, however many runs there are. */
  exportsWithRuns(service: string): Promise<ReadonlySet<string>>;
  read(address: ExportAddress, start: Interval['start']): Promise<Run | undefined>;
  /** False when the run is there already. */
  create(run: Run): Promise<boolean>;
  /** The run after the event; undefined when there is no such run, or it is not as `isExpected` wants it. */
  apply(
    address: ExportAddress,
    start: Interval['start'],
    event: RunEvent,
    isExpected?: (run: Run) => boolean,
  ): Promise<Run | undefined>;
}

export function createRunStore(documents: Documents, now: () => Date): RunStore {
  return {
    async statuses(address, from) {
      const prefix = runPrefix(address);
      const listed = await documents.list(prefix, from === undefined ? undefined : runObject(address, { start: from }));
      const statuses = listed.map(async ({ name, metadata }) => {
        if (parseRunObject(name) === undefined) return undefined;
        const { status } = metadata;
        return status === undefined ? documents.read<RunStatus>(name) : (JSON.parse(status) as RunStatus);
      });
      return (await Promise.all(statuses)).filter(status => status !== undefined);
    },
    async exportsWithRuns(service) {
      const folder = runsOfService(service);
      const folders = await documents.folders(folder);
      return new Set(folders.map(name => name.slice(folder.length, -1)));
    },
    read: (address, start) => documents.read<Run>(runObject(address, { start })),
    create: run => documents.create(runObject(run.export, run.interval), run, runMetadata(run)),
    async apply(address, start, event, isExpected = () => true) {
      let unexpected: Run | undefined;
      const run = await documents.change<Run>(
        runObject(address, { start }),
        present => {
          unexpected = present && !isExpected(present) ? present : undefined;
          return present && unexpected === undefined ? applyEvent(present, event, now()) : present;
        },
        runMetadata,
      );
      return run === unexpected ? undefined : run;
    },
  };
}

/** A listing shows all that planning and the grid need of a run. */
const runMetadata = (run: Run) => ({ status: JSON.stringify(statusOf(run)) });
