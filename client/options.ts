import type { Writable } from 'node:stream';
import { OnrampError } from '../functions/core/errors.ts';
import { nameProblem } from '../functions/core/names.ts';

/** What a publisher is made with. Only `project` is required; the rest has defaults that suit a service. */
export interface PublisherOptions {
  /** The project of the platform, in which the ramps' topics are. */
  readonly project: string;
  /** When a batch is sent: as soon as one of these is reached. */
  readonly batching?: {
    /** At most 1,000, which is Pub/Sub's limit. Default: 1,000. */
    readonly messages?: number;
    /** Default: 1,000,000. A larger message travels alone. */
    readonly bytes?: number;
    /** How long the first message of a batch waits for others. Default: 10. */
    readonly millis?: number;
  };
  /** Bounds of what is held in memory until Pub/Sub or the spool has it. */
  readonly buffer?: {
    /** From so many bytes on `room()` waits. Default: 32 MiB. */
    readonly bytes?: number;
    /** From so many bytes on `publish` refuses: for callers that do not wait for anything. Default: 256 MiB. */
    readonly refuseBytes?: number;
  };
  /** Without a spool: how long sending is retried before `publish` rejects. Default: 600,000, ten minutes. */
  readonly giveUpMillis?: number;
  /** Where messages go while Pub/Sub is away. None by default: they wait in memory. */
  readonly spool?: SpoolOptions;
  /** Prints messages for Cloud Logging in place of sending them, as the ramp's `logs` in service.yaml expects. */
  readonly logs?: LogLayout;
  /** Whether SIGTERM flushes what is held before the process ends. Default: true. */
  readonly flushOnSigterm?: boolean;
  /** Told of what no call can be told of, such as a spooled message that was refused. Default: `process.emitWarning`. */
  readonly onWarning?: (warning: OnrampError) => void;
}

export interface SpoolOptions {
  /** A folder for this process alone, on a disk that outlives it. It is made when it does not exist. */
  readonly folder: string;
  /** Most bytes on disk. At least 16 MiB; default: 256 MiB. */
  readonly maxBytes?: number;
  /** What happens to a message for which there is no room: it waits in memory, or it is refused. Default: 'wait'. */
  readonly whenFull?: 'wait' | 'fail';
  /**
   * Whether a message counts as spooled only once the disk confirmed it (`fdatasync`). Without, it outlives the process
   * but not a crash of the machine. Default: true.
   */
  readonly fsync?: boolean;
  /** How long sending is tried before messages are spooled. Default: 2,000. */
  readonly afterMillis?: number;
}

/** As the keys of `logs` in service.yaml, of the same names. */
export interface LogLayout {
  readonly payload: 'json' | 'base64';
  /** The field of the printed object that holds the payload. */
  readonly field?: string;
  /** Default: `process.stdout`. */
  readonly stream?: Writable;
}

/** The options with their defaults. */
export interface Settings {
  readonly project: string;
  readonly batching: { readonly messages: number; readonly bytes: number; readonly millis: number };
  readonly buffer: { readonly bytes: number; readonly refuseBytes: number };
  readonly giveUpMillis: number;
  readonly spool: Required<SpoolOptions> | undefined;
  readonly logs: LogLayout | undefined;
  readonly flushOnSigterm: boolean;
  readonly onWarning: (warning: OnrampError) => void;
}

const MiB = 1024 * 1024;

/** @throws OnrampError PUBLISHER_MISCONFIGURED that names every option that is wrong */
export function settingsOf(options: PublisherOptions): Settings {
  const { batching, buffer, spool } = options;
  const settings: Settings = {
    project: options.project,
    batching: { messages: 1000, bytes: 1_000_000, millis: 10, ...batching },
    buffer: { bytes: 32 * MiB, refuseBytes: 256 * MiB, ...buffer },
    giveUpMillis: options.giveUpMillis ?? 600_000,
    spool: spool && { maxBytes: 256 * MiB, whenFull: 'wait', fsync: true, afterMillis: 2000, ...spool },
    logs: options.logs,
    flushOnSigterm: options.flushOnSigterm ?? true,
    onWarning: options.onWarning ?? (warning => process.emitWarning(warning)),
  };
  const problems = problemsOf(settings);
  if (problems.length > 0) throw new OnrampError('PUBLISHER_MISCONFIGURED', problems.join('; '));
  return settings;
}

function problemsOf({ project, batching, buffer, giveUpMillis, spool, logs }: Settings): string[] {
  const problems: string[] = [];
  const within = (name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER) => {
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
      problems.push(`${name} is ${value}, not a whole number ${range}`);
    }
  };
  const project_ = nameProblem('project', project);
  if (project_ !== undefined) problems.push(project_);
  within('batching.messages', batching.messages, 1, 1000);
  within('batching.bytes', batching.bytes, 1, 9_000_000);
  within('batching.millis', batching.millis, 0, 60_000);
  within('buffer.bytes', buffer.bytes, 1);
  within('buffer.refuseBytes', buffer.refuseBytes, buffer.bytes);
  within('giveUpMillis', giveUpMillis, 1);
  if (spool !== undefined) {
    if (spool.folder === '') problems.push('spool.folder is empty');
    within('spool.maxBytes', spool.maxBytes, 16 * MiB);
    within('spool.afterMillis', spool.afterMillis, 0);
    if (logs !== undefined) problems.push('a publisher that prints (logs) has no use for a spool');
  }
  return problems;
}
