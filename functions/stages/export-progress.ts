import type { ExportRequest } from '../core/batch/export-request.ts';
import { OnrampError } from '../core/errors.ts';
import type { SourceSnapshot } from '../sources/source.ts';
import type { ExportParts } from './export.ts';

const everyMillis = 1000;
/** A prediction counts from then on: statistics of the database may be old, and the first rows slow. */
const trustAfterMillis = 30_000;
/** So much too late, an export is given up: the prediction may be wrong by half. */
const hopeless = 2;

interface Watched {
  readonly parts: Pick<ExportParts, 'now' | 'progress'>;
  readonly request: Pick<ExportRequest, 'export'>;
  readonly snapshot: Pick<SourceSnapshot, 'estimatedRows'>;
  readonly files: readonly { readonly rows: number }[];
  readonly started: Date;
  readonly deadline: Date;
  readonly abort: AbortController;
}

/** Reports how far an export is, and gives up the one that cannot be in time by far, as long as there is time to mend it. */
export function watchProgress(watched: Watched): { stop(): void } {
  const timer = setInterval(() => report(watched), everyMillis);
  return { stop: () => clearInterval(timer) };
}

function report({ parts, request, snapshot, files, started, deadline, abort }: Watched): void {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const spent = parts.now().getTime() - started.getTime();
  const left = deadline.getTime() - parts.now().getTime();
  const ending = remaining(rows, spent, snapshot.estimatedRows);
  const late = ending !== undefined && ending > left;
  parts.progress?.({
    export: request.export,
    rows,
    ...(snapshot.estimatedRows === undefined ? {} : { estimatedRows: snapshot.estimatedRows }),
    ...(ending === undefined ? {} : { secondsLeft: Math.round(ending / 1000) }),
    late,
  });
  if (!late || spent < trustAfterMillis || spent + ending < hopeless * (spent + left)) return;
  const needed = Math.ceil((spent + ending) / (spent + left));
  abort.abort(
    new OnrampError(
      'EXPORT_DEADLINE',
      `${rows} of about ${snapshot.estimatedRows} rows after ${Math.round(spent / 1000)} s: it would take ` +
        `${Math.round((spent + ending) / 1000)} s and has ${Math.round((spent + left) / 1000)} s; at least ${needed} parts are needed`,
    ),
  );
}

/** Milliseconds to the end at this speed; undefined when nothing can be said. */
function remaining(rows: number, spent: number, estimated: number | undefined): number | undefined {
  if (estimated === undefined || rows === 0) return undefined;
  return Math.max(0, ((estimated - rows) / rows) * spent);
}
