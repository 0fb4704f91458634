import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { MaskName } from '../catalogue.ts';
import { type OptionShape, type OptionValues, optionValues } from './option-values.ts';

/** Path, within `proto/`, of the file that declares the options. */
export const optionsFile = 'onramp/options.proto';

/** What `(onramp.field)` says. A value that is wrong is left out, and told in `problems`. */
export interface FieldOptions {
  readonly column?: string;
  readonly ignore?: boolean;
  readonly type?: TypeOverride;
  readonly description?: string;
  readonly pii?: string;
  readonly mask?: MaskName;
  readonly truncate?: number;
  readonly policyTag?: string;
  readonly problems?: readonly string[];
}

/** What `(onramp.message)` says. */
export interface MessageOptions {
  readonly partitionBy?: string;
  readonly clusterBy?: readonly string[];
  readonly description?: string;
  readonly problems?: readonly string[];
}

export type TypeOverride =
  | 'STRING'
  | 'INTEGER'
  | 'NUMERIC'
  | 'JSON'
  | 'DATE'
  | 'TIMESTAMP_SECONDS'
  | 'TIMESTAMP_MILLIS'
  | 'TIMESTAMP_MICROS'
  | 'DURATION_SECONDS';

/** The fields and values of proto/onramp/options.proto, by their numbers; its test compares the two. */
export const optionShapes = {
  field: {
    column: [1, 'text'],
    ignore: [2, 'flag'],
    type: [3, 'number'],
    description: [4, 'text'],
    pii: [5, 'text'],
    mask: [6, 'number'],
    truncate: [7, 'number'],
    policyTag: [8, 'text'],
  },
  message: { partitionBy: [1, 'text'], clusterBy: [2, 'texts'], description: [3, 'text'] },
} as const satisfies Record<string, OptionShape>;

/** By their numbers; 0 is unspecified. */
export const typeOverrides: readonly (TypeOverride | undefined)[] = [
  undefined,
  'STRING',
  'INTEGER',
  'NUMERIC',
  'JSON',
  'DATE',
  'TIMESTAMP_SECONDS',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'DURATION_SECONDS',
];

/** By their numbers; 0 is unspecified. */
export const masks: readonly (MaskName | undefined)[] = [undefined, 'hmac', 'drop', 'truncate', 'none'];

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const columnName = /^[A-Za-z_][A-Za-z0-9_]{0,299}$/;

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema.FIELDS.policy_tags */
const policyTagName = /^projects\/[^/\s]+\/locations\/[^/\s]+\/taxonomies\/\d+\/policyTags\/\d+$/;

const ofField = new WeakMap<DescField, FieldOptions>();
const ofMessage = new WeakMap<DescMessage, MessageOptions>();

/** The options of a field; never throws. Where a mask cannot be read, the mask is `hmac`: what is personal stays so. */
export function fieldOptions(field: DescField): FieldOptions {
  let options = ofField.get(field);
  if (options === undefined) {
    options = readFieldOptions(field);
    ofField.set(field, options);
  }
  return options;
}

/** The options of a message; never throws. */
export function messageOptions(message: DescMessage): MessageOptions {
  let options = ofMessage.get(message);
  if (options === undefined) {
    options = readMessageOptions(message);
    ofMessage.set(message, options);
  }
  return options;
}

type Written = OptionValues<(typeof optionShapes)['field']>;

function readFieldOptions({ proto }: DescField): FieldOptions {
  let written: Written;
  try {
    written = optionValues(optionShapes.field, proto.options);
  } catch (error) {
    return { mask: 'hmac', problems: [`onramp.field cannot be read: ${textOf(error)}`] };
  }
  const problems: string[] = [];
  const { column, type: typeNumber = 0, mask: maskNumber = 0, truncate, policyTag } = written;

  const name = filled(column);
  if (name !== undefined && !columnName.test(name)) {
    problems.push(`column is "${name}": letters, digits and underscores, no digit first, at most 300`);
  }
  const type = typeOverrides[typeNumber];
  if (type === undefined && typeNumber !== 0) problems.push(`type is ${typeNumber}, which is none`);
  let mask = masks[maskNumber];
  if (mask === undefined && maskNumber !== 0) {
    problems.push(`mask is ${maskNumber}, which is none`);
    mask = 'hmac';
  }
  const pii = filled(written.pii);
  if (mask !== undefined && pii === undefined) problems.push('mask is given, but no pii class');
  if (truncate !== undefined && truncate < 0) problems.push('truncate is more than 2147483647');
  const tag = filled(policyTag);
  if (tag !== undefined && !policyTagName.test(tag)) {
    problems.push(
      `policy_tag is "${tag}": projects/<project>/locations/<location>/taxonomies/<number>/policyTags/<number>`,
    );
  }
  return present<FieldOptions>({
    column: name !== undefined && columnName.test(name) ? name : undefined,
    ignore: written.ignore === true ? true : undefined,
    type,
    description: filled(written.description),
    pii,
    mask,
    truncate: truncate !== undefined && truncate > 0 ? truncate : undefined,
    policyTag: tag !== undefined && policyTagName.test(tag) ? tag : undefined,
    problems: problems.length > 0 ? problems : undefined,
  });
}

function readMessageOptions({ proto }: DescMessage): MessageOptions {
  try {
    const { partitionBy, clusterBy, description } = optionValues(optionShapes.message, proto.options);
    return present<MessageOptions>({
      partitionBy: filled(partitionBy),
      clusterBy,
      description: filled(description),
      problems: undefined,
    });
  } catch (error) {
    return { problems: [`onramp.message cannot be read: ${textOf(error)}`] };
  }
}

/** A text of an option that is empty is not set. */
const filled = (text: string | undefined) => (text === '' ? undefined : text);

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type Optional<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/** Without the keys that are undefined. */
const present = <T extends object>(values: Optional<Required<T>>): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
