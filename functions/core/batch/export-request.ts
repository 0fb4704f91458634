import type { ColumnPolicy, Contract, Destination, EntityFilter, ExportAddress, Partitions } from './config.ts';
import type { DatabaseConnection } from './connection.ts';
import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

/**
 * What the task of an attempt carries to the export function: all it needs, so that it reads no registry. JSON; holds no
 * secret.
 */
export interface ExportRequest {
  readonly version: 1;
  readonly export: ExportAddress;
  readonly interval: Interval;
  /** From 1. */
  readonly attempt: number;
  readonly connection: DatabaseConnection;
  readonly source: RenderedSource;
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  readonly contract: Contract;
  readonly incremental: boolean;
  readonly partitions?: Partitions;
  readonly destinations: readonly Pick<Destination, 'project' | 'dataset' | 'table' | 'writeMode'>[];
  /** Of the attempt, counted from when its first execution starts: it gives up by itself before. */
  readonly timeoutSeconds: number;
  /** When the run is given up whatever it does; absent when the run has no timeout. */
  readonly deadline?: Instant;
  /** The exports bucket, and the attempt's own prefix in it, which ends with a slash. */
  readonly bucket: string;
  readonly prefix: string;
}

/** The source with its templates rendered. */
export type RenderedSource =
  | { readonly type: 'query'; readonly query: string }
  | {
      readonly type: 'entity';
      readonly kind: string;
      readonly namespace?: string;
      readonly where: readonly EntityFilter[];
    };
