import type { Documents } from '../clients/documents.ts';
import type { Loads } from '../clients/loads.ts';
import { ledgerObject, stagingTable } from '../core/batch/batch-names.ts';
import { checksumQuery } from '../core/batch/column-checksum.ts';
import type { Destination, ExportConfig } from '../core/batch/config.ts';
import {
  applyQuery,
  differences,
  fieldsOf,
  jobId,
  quotedTable,
  stagingFieldsOf,
  type TableReference,
} from '../core/batch/load-plan.ts';
import type { Manifest } from '../core/batch/manifest.ts';
import { renderMergeQuery } from '../core/batch/rendered-export.ts';
import { OnrampError } from '../core/errors.ts';

export interface DestinationLoad {
  readonly manifest: Manifest;
  /** Of the manifest; names the work. */
  readonly uri: string;
  readonly config: ExportConfig;
  readonly destination: Destination;
}

/** Loads one manifest into one destination; answers with the number of rows. Nobody else changes it meanwhile. */
export type LoadDestination = (load: DestinationLoad) => Promise<number>;

export interface LoadDestinationOptions {
  readonly loads: Loads;
  /** Of the state bucket. */
  readonly documents: Documents;
  readonly now: () => Date;
}

/** What is known of a destination's loads: of a replaced one, whose rows it holds; of appended ones, one per interval. */
interface Loaded {
  readonly intervalStart: string;
  readonly attempt: number;
  readonly uri: string;
}

/** A staging table that nobody removed goes by itself after a day. */
const stagingMillis = 24 * 3_600_000;

export function createLoadDestination({ loads, documents, now }: LoadDestinationOptions): LoadDestination {
  return async ({ manifest, uri, config, destination }) => {
    const { interval, attempt, rows } = manifest;
    const ledger = ledgerObject(destination, manifest.export, interval);
    /** A repetition of an older load does not hide that a newer one was there. */
    const remember = () =>
      documents.change<Loaded>(ledger, before =>
        before?.uri === uri || (before !== undefined && before.intervalStart > interval.start)
          ? before
          : { intervalStart: interval.start, attempt, uri },
      );
    const idOf = (failures: number) => jobId('apply', uri, destination, failures);
    const staging = { ...destination, table: stagingTable(destination.table, interval, attempt) };
    // Broken off after that: what is left is to say so.
    if (await loads.hasRun(idOf, destination)) return finished();
    if (await isSuperseded(await documents.read<Loaded>(ledger))) return rows;

    try {
      await stage(staging, manifest, uri);
    } catch (error) {
      // The same load, pushed twice, may have been finished meanwhile, and have dropped the staging table.
      if (await loads.hasRun(idOf, destination)) return finished();
      throw error;
    }
    const columns = await loads.ensure(
      { ...destination, fields: fieldsOf(manifest.columns), description: config.description },
      config.contract.newColumns,
    );
    // Before it is done where doing it twice would add rows twice; else after, when it is true.
    if (destination.writeMode === 'append') await remember();
    await loads.run(idOf, statement(destination, staging, columns), destination);
    return finished();

    async function finished(): Promise<number> {
      await remember();
      await loads.drop(staging);
      return rows;
    }

    /** Whether the destination has, or no longer wants, these rows. */
    async function isSuperseded(before: Loaded | undefined): Promise<boolean> {
      if (before === undefined || before.uri === uri) return false;
      // A newer state of the table is there already.
      if (destination.writeMode === 'replace') return before.intervalStart > interval.start;
      if (destination.writeMode === 'merge') return false;
      // Another attempt of the same interval: its rows are there, or its statement has never succeeded.
      return loads.hasRun(failures => jobId('apply', before.uri, destination, failures), destination);
    }

    function statement(target: TableReference, from: TableReference, columns: readonly string[]): string {
      if (destination.writeMode !== 'merge') return applyQuery(destination.writeMode, target, from, columns);
      return renderMergeQuery(config, destination, interval, from.table) ?? '';
    }
  };

  /** Brings the files into the staging table, and proves that it holds what was exported. */
  async function stage(staging: TableReference, manifest: Manifest, uri: string): Promise<void> {
    const expires = new Date(now().getTime() + stagingMillis);
    const made = await loads.createStaging(staging, stagingFieldsOf(manifest.columns), expires);
    const bucket = uri.slice(0, uri.indexOf('/', 'gs://'.length) + 1);
    // A job that has filled an earlier table of this name has not filled this one.
    const idOf = (failures: number) => jobId('load', `${uri} ${made}`, staging, failures);
    await loads.load(
      idOf,
      staging,
      manifest.files.map(({ name }) => `${bucket}${name}`),
    );
    const row = await loads.ask(checksumQuery(quotedTable(staging), manifest.columns), staging);
    const problems = differences(manifest, row);
    if (problems.length > 0) throw new OnrampError('LOAD_CHECKSUM_MISMATCH', problems.join('; '));
  }
}
