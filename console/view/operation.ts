import { type ExportAddress, parseExportAddress } from '../../functions/core/batch/config.ts';
import { compactInstant, type Instant, instantOf, parseCompactInstant } from '../../functions/core/batch/instant.ts';
import { type Change, effective, type Operation, type Preview } from '../../functions/core/batch/operation.ts';
import { paths } from '../paths.ts';
import { timeText } from './words.ts';

/** What a form sends: its fields by name. A box that is not ticked is not there. */
export type Fields = Readonly<Record<string, string>>;

/** A way to widen or narrow an operation: a box to tick in its preview. */
export interface Choice {
  readonly name: string;
  readonly label: string;
}

export interface OperationView {
  readonly title: string;
  /** What the button says that does it. */
  readonly verb: string;
  /** All that the button sends. */
  readonly fields: Fields;
  readonly choices: readonly Choice[];
  readonly changes: readonly Change[];
  /** How many of the changes change anything. */
  readonly touched: number;
  readonly notes: readonly string[];
  /** Where the person came from. */
  readonly back: string;
}

/** The operation that a form's fields ask for; undefined when they are not of one. */
export function operationOf(fields: Fields): Operation | undefined {
  const address = parseExportAddress(fields['export'] ?? '');
  if (address === undefined) return undefined;
  const of = { export: `${address.service}/${address.id}` satisfies ExportAddress };
  const ticked = (name: string) => fields[name] === 'yes';
  const type = fields['operation'];
  switch (type) {
    case 'pause':
    case 'resume':
      return { type, ...of };
    case 'rerun':
    case 'mark-done':
    case 'mark-failed':
    case 'cancel': {
      const starts = (fields['starts'] ?? '').split(' ').filter(text => text !== '');
      const instants = starts.map(parseCompactInstant).filter(instant => instant !== undefined);
      // None would mean every run of the export, which no form of the console asks for.
      if (instants.length === 0 || instants.length !== starts.length) return undefined;
      const runs = {
        starts: instants,
        ...(ticked('past') && { past: true }),
        ...(ticked('future') && { future: true }),
        ...(ticked('failed') && { failed: true }),
      };
      return type === 'rerun' && ticked('ignore_past')
        ? { type, ...of, runs, ignorePast: true }
        : { type, ...of, runs };
    }
    case 'run': {
      const at = momentOf(fields['at']);
      return at === undefined ? undefined : { type, ...of, at, ...(ticked('ignore_past') && { ignorePast: true }) };
    }
    case 'backfill': {
      const [from, to] = [momentOf(fields['from']), momentOf(fields['to'])];
      return from === undefined || to === undefined
        ? undefined
        : { type, ...of, from, to, ...(ticked('rerun') && { rerun: true }) };
    }
    default:
      return undefined;
  }
}

/** The fields that ask for an operation: the inverse of `operationOf`. */
export function fieldsOf(operation: Operation): Fields {
  const of = { operation: operation.type, export: operation.export };
  switch (operation.type) {
    case 'pause':
    case 'resume':
      return of;
    case 'rerun':
    case 'mark-done':
    case 'mark-failed':
    case 'cancel': {
      const { starts, past, future, failed } = operation.runs;
      const ignorePast = operation.type === 'rerun' && operation.ignorePast;
      return {
        ...of,
        starts: starts.map(compactInstant).join(' '),
        ...(past && yes('past')),
        ...(future && yes('future')),
        ...(failed && yes('failed')),
        ...(ignorePast && yes('ignore_past')),
      };
    }
    case 'run':
      return { ...of, at: operation.at, ...(operation.ignorePast && yes('ignore_past')) };
    case 'backfill':
      return { ...of, from: operation.from, to: operation.to, ...(operation.rerun && yes('rerun')) };
  }
}

const yes = (name: string) => ({ [name]: 'yes' });

/** What the preview of an operation shows. */
export function operationView(operation: Operation, preview: Preview): OperationView {
  const touched = effective(preview).length;
  return {
    title: titleOf(operation),
    verb: verbOf(operation, touched),
    fields: { ...fieldsOf(operation), seen: preview.seen },
    choices: choicesOf(operation),
    changes: preview.changes,
    touched,
    notes: preview.notes,
    back: backOf(operation),
  };
}

/** Where somebody was, or wants to be, who does this. */
export const backOf = (operation: Operation): string =>
  'runs' in operation && operation.runs.starts.length === 1
    ? paths.run(operation.export, operation.runs.starts[0] ?? '')
    : paths.export(operation.export);

/** Text of a form's field for a moment: ISO 8601, in UTC unless it says otherwise. */
function momentOf(text = ''): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  const millis = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(millis) ? undefined : instantOf(millis);
}

function titleOf(operation: Operation): string {
  const which = 'runs' in operation ? runsText(operation) : '';
  switch (operation.type) {
    case 'pause':
      return `Pause ${operation.export}`;
    case 'resume':
      return `Resume ${operation.export}`;
    case 'rerun':
      return `Run ${which} again`;
    case 'mark-done':
      return `Mark ${which} as done`;
    case 'mark-failed':
      return `Mark ${which} as failed`;
    case 'cancel':
      return `Cancel ${which}`;
    case 'run':
      return `Run the latest interval of ${operation.export}`;
    case 'backfill':
      return `Backfill ${operation.export} from ${timeText(operation.from)} to ${timeText(operation.to)}`;
  }
}

function runsText({ export: address, runs: { starts } }: Extract<Operation, { readonly runs: unknown }>): string {
  return starts.length === 1 ? `${address} of ${timeText(starts[0] ?? '')}` : `${starts.length} runs of ${address}`;
}

function verbOf({ type }: Operation, count: number): string {
  const runs = count === 1 ? 'the run' : `${count} runs`;
  switch (type) {
    case 'pause':
      return 'Pause the export';
    case 'resume':
      return 'Resume the export';
    case 'rerun':
      return `Run ${count === 1 ? 'it' : count} again`;
    case 'mark-done':
      return `Mark ${runs} as done`;
    case 'mark-failed':
      return `Mark ${runs} as failed`;
    case 'cancel':
      return `Cancel ${runs}`;
    case 'run':
      return 'Run it';
    case 'backfill':
      return `Start ${count === 1 ? 'the run' : runs}`;
  }
}

function choicesOf(operation: Operation): Choice[] {
  switch (operation.type) {
    case 'rerun':
      return [...rangeChoices, ignorePast];
    case 'mark-done':
    case 'mark-failed':
    case 'cancel':
      return rangeChoices;
    case 'run':
      return [ignorePast];
    case 'backfill':
      return [{ name: 'rerun', label: 'start those anew that were run before' }];
    case 'pause':
    case 'resume':
      return [];
  }
}

const rangeChoices: Choice[] = [
  { name: 'past', label: 'and all runs before it' },
  { name: 'future', label: 'and all runs after it' },
  { name: 'failed', label: 'only those that failed' },
];

const ignorePast: Choice = { name: 'ignore_past', label: 'without waiting for the run before' };
