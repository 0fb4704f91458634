import type { ExportRequest } from '../core/batch/export-request.ts';
import { minutes } from '../core/batch/instant.ts';

/**
 * How long a database has to keep a state of the past yet, so that an export is begun at it: ten minutes, or with
 * partitions as long as the export may take. Half of what the database keeps is enough in any case, since to begin at a
 * later state would gain little.
 */
export const keptForMillis = (
  { partitions, timeoutSeconds }: Pick<ExportRequest, 'partitions' | 'timeoutSeconds'>,
  keptMillis: number,
): number =>
  partitions === undefined ? 10 * minutes : Math.max(10 * minutes, Math.min(timeoutSeconds * 1000, keptMillis / 2));
