import type { OpenNewObjects } from '../clients/object-stream.ts';
import type { BatchEvent } from '../core/batch/events.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import type { OpenSource, SourceContext } from '../sources/source.ts';
import type { ProgressReport } from './export-progress.ts';

/** What exports are made with. */
export interface ExportParts {
  readonly openSource: OpenSource;
  readonly openBucket: OpenNewObjects;
  /** Resolves when the event is durable in batch-events. */
  readonly publish: (event: BatchEvent) => Promise<void>;
  readonly secret: SourceContext['secret'];
  /** Whether the request's run still has any use for its attempt; rejects when that cannot be said. */
  readonly isWanted: (request: ExportRequest) => Promise<boolean>;
  readonly now: () => Date;
  /** Told, once a second, how far an export is. */
  readonly progress?: (report: ProgressReport) => void;
  /** Compressed bytes at which a file is closed; 256 MB when absent. */
  readonly fileBytes?: number;
  /** What one execution may take; just below what Cloud Tasks waits when absent. */
  readonly executionSeconds?: number;
  /** How long after one look whether the attempt is wanted the next one follows; 10 seconds when absent. */
  readonly lookMillis?: number;
  /** Aborted when the instance is being stopped: executions then end at once, and others go on. */
  readonly stopping?: AbortSignal;
}
