import { deadlineMend } from '../core/batch/export-deadline.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import { OnrampError } from '../core/errors.ts';

/** How far an export is. */
export interface ProgressReport {
  readonly export: ExportRequest['export'];
  /** Of all executions of the attempt. */
  readonly rows: number;
  readonly estimatedRows?: number;
  /** Seconds until the end at this speed, where the number of rows is known. */
  readonly secondsLeft?: number;
  /** Whether that is beyond the deadline. */
  readonly late: boolean;
}

const everyMillis = 1000;
/** A prediction counts from then on: statistics of the database may be old, and the first rows slow. */
const trustAfterMillis = 30_000;
/** So much too late, an export is given up: the prediction may be wrong by half. */
const hopeless = 2;

interface Watched {
  readonly request: Pick<ExportRequest, 'export' | 'partitions' | 'columns' | 'timeoutSeconds'>;
  readonly parts: number;
  /** By the database's statistics; absent when it has none. */
  readonly estimatedRows: number | undefined;
  /** Rows that this execution has read, and those of parts that others have read. */
  readonly rows: () => { readonly here: number; readonly elsewhere: number };
  /** When this execution began, and when the export has to be finished; in milliseconds since 1970. */
  readonly started: number;
  readonly deadline: number;
  readonly now: () => Date;
  readonly tell?: ((report: ProgressReport) => void) | undefined;
  readonly abort: AbortController;
}

/** Reports how far an export is, and gives up the one that cannot be in time by far, as long as there is time to mend it. */
export function watchProgress(watched: Watched): { stop(): void } {
  const timer = setInterval(() => report(watched), everyMillis);
  return { stop: () => clearInterval(timer) };
}

function report({ request, parts, estimatedRows, rows, started, deadline, now, tell, abort }: Watched): void {
  const { here, elsewhere } = rows();
  const at = now().getTime();
  const spent = at - started;
  const left = deadline - at;
  const ending = remaining(here, elsewhere, spent, estimatedRows);
  const late = ending !== undefined && ending > left;
  tell?.({
    export: request.export,
    rows: here + elsewhere,
    ...(estimatedRows === undefined ? {} : { estimatedRows }),
    ...(ending === undefined ? {} : { secondsLeft: Math.round(ending / 1000) }),
    late,
  });
  if (!late || spent < trustAfterMillis || spent + ending < hopeless * (spent + left)) return;
  const factor = (spent + ending) / (spent + left);
  abort.abort(
    new OnrampError(
      'EXPORT_DEADLINE',
      `${here + elsewhere} of about ${estimatedRows} rows, ${here} of them in ${seconds(spent)}: the rest would take ` +
        `${seconds(ending)}, and ${seconds(left)} are left; ${deadlineMend(request, parts, factor)}`,
    ),
  );
}

/** Milliseconds to the end at this speed; undefined when nothing can be said. */
function remaining(here: number, elsewhere: number, spent: number, estimated: number | undefined): number | undefined {
  if (estimated === undefined || here === 0) return undefined;
  return Math.max(0, ((estimated - elsewhere - here) / here) * spent);
}

const seconds = (millis: number) => `${Math.round(millis / 1000)} s`;
