import type { DestinationLocks } from '../clients/destination-lock.ts';
import type { ExportedFiles } from '../clients/exported-files.ts';
import { JobFailure } from '../clients/loads.ts';
import type { RunStore } from '../clients/run-store.ts';
import { abandonedFiles } from '../core/batch/abandoned-files.ts';
import { intervalPrefix, parseManifestObject } from '../core/batch/batch-names.ts';
import { destinationId } from '../core/batch/config.ts';
import type { BatchEvent, BatchEventBody, Failure } from '../core/batch/events.ts';
import { type ExportsCatalogue, findExport } from '../core/batch/exports-catalogue.ts';
import { type Manifest, parseManifest } from '../core/batch/manifest.ts';
import { wantsAttempt } from '../core/batch/run.ts';
import { TemplateError } from '../core/batch/template/template-error.ts';
import { OnrampError } from '../core/errors.ts';
import { done, type Message, type Outcome, type Stage } from '../core/stage.ts';
import type { LoadDestination } from './load-destination.ts';

export interface LoadStage {
  readonly catalogue: () => Promise<ExportsCatalogue>;
  readonly exports: ExportedFiles;
  readonly runs: Pick<RunStore, 'read'>;
  readonly locks: DestinationLocks;
  readonly loadDestination: LoadDestination;
  /** Publishes on batch-events; rejects when it could not. */
  readonly tell: (event: BatchEvent) => Promise<void>;
  readonly now: () => Date;
}

/**
 * Brings the files of each manifest that Cloud Storage tells of into the export's destinations. A message may come
 * twice, and a load may be broken off anywhere: what has been done is found done.
 */
export function createLoadStage(options: LoadStage): Stage {
  return {
    async handle(messages) {
      return Promise.resolve(
        messages.map(message =>
          loadOf(message, options).then(
            (): Outcome => done,
            (error: unknown): Outcome => ({ kind: 'retry', error }),
          ),
        ),
      );
    },
  };
}

async function loadOf({ attributes }: Message, options: LoadStage): Promise<void> {
  // Of every file of an export Cloud Storage tells; https://cloud.google.com/storage/docs/pubsub-notifications#attributes
  const { objectId = '', bucketId = '', eventType } = attributes;
  if (eventType !== 'OBJECT_FINALIZE' || parseManifestObject(objectId) === undefined) return;
  const content = await options.exports.read(objectId);
  if (content === undefined) return;
  const manifest = parseManifest(content);
  const run = await options.runs.read(manifest.export, manifest.interval.start);
  if (!wantsAttempt(run, manifest.attempt)) return;

  const uri = `gs://${bucketId}/${objectId}`;
  const tell = (event: BatchEventBody) =>
    options.tell({
      export: manifest.export,
      interval: manifest.interval,
      attempt: manifest.attempt,
      occurredAt: options.now().toISOString(),
      event,
    });
  await tell({ type: 'load_started', manifest: uri });
  try {
    await checkFiles(manifest, options.exports);
  } catch (error) {
    await tell({ type: 'load_failed', destination: '', failure: failureOf(error) });
    return;
  }
  // Before the run can be done: what breaks off here is done by the repetition.
  await removeAbandoned(manifest, options.exports);
  const catalogue = await options.catalogue();
  const results = await Promise.allSettled(
    manifest.destinations.map(destination => loadOne(destination, { manifest, uri, catalogue, options, tell })),
  );
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}

interface Loading {
  readonly manifest: Manifest;
  readonly uri: string;
  readonly catalogue: ExportsCatalogue;
  readonly options: LoadStage;
  readonly tell: (event: BatchEventBody) => Promise<void>;
}

/** Resolves when the outcome has been told; rejects when it has to be tried again. */
async function loadOne(
  named: Manifest['destinations'][number],
  { manifest, uri, catalogue, options, tell }: Loading,
): Promise<void> {
  const destination = destinationId(named);
  try {
    const config = findExport(catalogue, manifest.export)?.config;
    const configured = config?.destinations.find(candidate => destinationId(candidate) === destination);
    if (config === undefined || configured === undefined) {
      throw new OnrampError(
        'LOAD_NOT_CONFIGURED',
        `${manifest.export} is not configured to be loaded into ${destination}`,
      );
    }
    const rows = await options.locks.hold(destination, uri, () =>
      options.loadDestination({ manifest, uri, config, destination: configured }),
    );
    if (rows === undefined) throw new Busy(destination);
    await tell({ type: 'load_complete', destination, manifest: uri, rows });
  } catch (error) {
    const failure = failureOf(error);
    await tell({ type: 'load_failed', destination, failure });
  }
}

/** Somebody else loads into the destination; the message comes again. */
class Busy extends Error {
  constructor(destination: string) {
    super(`another load into ${destination} is under way`);
  }
}

/** A manifest is written after its files; one without them was not written by an export, or its files were removed. */
async function checkFiles({ files }: Manifest, exports: ExportedFiles): Promise<void> {
  const problems: string[] = [];
  for (const { name, bytes, crc32c } of files) {
    const found = await exports.find(name);
    if (found === undefined) problems.push(`${name} is not there`);
    else if (found.bytes !== bytes || found.crc32c !== crc32c) {
      problems.push(`${name} has ${found.bytes} bytes and CRC-32C ${found.crc32c}, not ${bytes} and ${crc32c}`);
    }
  }
  if (problems.length > 0) throw new OnrampError('LOAD_FILES_MISSING', problems.join('; '));
}

async function removeAbandoned(manifest: Manifest, exports: ExportedFiles): Promise<void> {
  const objects = await exports.list(intervalPrefix(manifest.export, manifest.interval));
  await Promise.all(abandonedFiles(manifest, objects).map(name => exports.remove(name)));
}

/** What a failed load is told as; throws again what only has to be tried again. */
function failureOf(error: unknown): Failure {
  if (error instanceof OnrampError) {
    return { code: error.code, detail: error.detail, retryable: error.code !== 'LOAD_NOT_CONFIGURED' };
  }
  if (error instanceof TemplateError) return { code: 'LOAD_TEMPLATE_INVALID', detail: error.message, retryable: false };
  if (error instanceof JobFailure && !error.isPassing) {
    const ours = error.reason === 'invalidQuery' || error.reason === 'invalid';
    return { code: 'LOAD_REFUSED', detail: `${error.reason}: ${error.message}`, retryable: !ours };
  }
  throw error;
}
