import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { PiiClasses } from '../catalogue.ts';
import { maskingOf } from './masking.ts';
import { type FieldOptions, fieldOptions, messageOptions } from './options.ts';
import { typeOverridesOf } from './type-overrides.ts';
import { wrappedField } from './well-known.ts';

/** An option that is wrong where it stands. */
export interface OptionProblem {
  /** Name of the field; absent for an option of the message itself. */
  readonly field?: string;
  readonly problem: string;
}

/** What is wrong with the options of a message and of its fields, those of the messages within not counted. */
export function optionProblems(desc: DescMessage, classes: PiiClasses = {}): OptionProblem[] {
  const ofFields = desc.fields.flatMap(field => {
    const options = fieldOptions(field);
    const problems = [
      ...(options.problems ?? []),
      ...typeProblems(field, options),
      ...maskProblems(field, options, classes),
    ];
    return problems.map(problem => ({ field: field.name, problem }));
  });
  return [...(messageOptions(desc).problems ?? []).map(problem => ({ problem })), ...ofFields];
}

function typeProblems(field: DescField, { type }: FieldOptions): string[] {
  const possible = typeOverridesOf(field);
  if (type === undefined || possible[type] !== undefined) return [];
  const names = Object.keys(possible).map(name => `TYPE_${name}`);
  const choice = names.length === 0 ? 'it has the usual one only' : `it can have ${names.join(', ')}`;
  return [`type is TYPE_${type}, which a field of this type cannot have; ${choice}`];
}

function maskProblems(field: DescField, options: FieldOptions, classes: PiiClasses): string[] {
  const { mask, truncate } = maskingOf(options, classes);
  if (mask !== 'truncate') {
    return options.truncate === undefined ? [] : [`truncate is given, but the mask is ${mask ?? 'not set'}`];
  }
  const kind = truncation(field, options);
  if (kind === 'none' && options.mask === 'truncate') {
    return ['mask is MASK_TRUNCATE, which only strings, bytes, times and messages that hold them can have'];
  }
  return kind === 'length' && truncate === undefined ? ['mask is MASK_TRUNCATE, but no truncate says a length'] : [];
}

/** Whether truncating a field takes a length, or it is a time, or it cannot be. */
function truncation(field: DescField, { type }: FieldOptions): 'length' | 'day' | 'none' {
  const { message } = field;
  if (type?.startsWith('TIMESTAMP') === true) return 'day';
  if (message !== undefined) {
    const wrapped = wrappedField(message);
    if (wrapped !== undefined) return truncation(wrapped, { ...(type !== undefined && { type }) });
    if (message.typeName === 'google.protobuf.Timestamp') return 'day';
    return type === 'JSON' || notTruncated.includes(message.typeName) ? 'none' : 'length';
  }
  if (field.fieldKind === 'map') return 'length';
  const { scalar } = field;
  return type === undefined && (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) ? 'length' : 'none';
}

const notTruncated: readonly string[] = ['Duration', 'FieldMask', 'Struct', 'Value', 'ListValue', 'Empty'].map(
  name => `google.protobuf.${name}`,
);
