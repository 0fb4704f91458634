import type { FindingLevel } from '../../functions/core/schema/compatibility-rules.ts';
import { type BufMessage, runBuf } from '../buf.ts';
import type { Problem } from '../config/problem.ts';
import type { Finding } from './finding.ts';

/** What `buf lint` says of the proto files under `root`, which compile. */
export function lintProblems(root: string): Problem[] {
  return runBuf(root, ['lint']).messages.map(message => ({
    ...placeOf(message),
    what: `${message.text} (${message.rule})`,
    mend: 'change it; or except the rule in buf.yaml, under lint',
  }));
}

/** What `buf breaking` says of the proto files under `root`, compared with an earlier folder or descriptor set. */
export function breakingFindings(root: string, against: string): Finding[] {
  return runBuf(root, ['breaking', '--against', against]).messages.map(message => ({
    ...placeOf(message),
    level: levels[message.rule] ?? 'breaking',
    rule: `buf:${message.rule}`,
    what: message.text.replace(/ See https:.*$/, ''),
    why: 'The bytes or the JSON of events that are published already would not be read as what they were written as.',
    mend:
      mends[message.rule] ??
      `take the change back, or add something new; https://buf.build/docs/breaking/rules/ explains ${message.rule}`,
  }));
}

const placeOf = ({ file, line, column }: BufMessage) => ({ file: file ?? 'buf.yaml', line, column });

/** Onramp reads and writes JSON by the JSON name, which its own rule guards. */
const levels: Readonly<Record<string, FindingLevel>> = { FIELD_SAME_NAME: 'warning' };

const mends: Readonly<Record<string, string>> = {
  FIELD_SAME_NAME: 'keep the field’s JSON name, so that JSON with the old one stays readable',
  FIELD_SAME_JSON_NAME:
    'write json_name = "<the old one>" in the field’s options; in the table the column stays anyway',
  FIELD_WIRE_JSON_COMPATIBLE_TYPE: 'add a new field for the new type, and keep this one until nobody publishes it',
  FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: 'add a new field, and keep this one until nobody publishes it',
  FIELD_SAME_ONEOF: 'leave the field where it is, and add a new one to the oneof',
};

const unreserved = ['FIELD_NOT_RESERVED'];
const changedType = ['TYPE_CHANGED', 'NUMBER_REUSED'];
const enumValue = ['ENUM_VALUE_NOT_RESERVED'];

/** Rules of ours that say what a rule of buf says, and what it means for the tables. */
const covering: Readonly<Record<string, readonly string[]>> = {
  FIELD_SAME_NAME: ['FIELD_RENAMED', 'NUMBER_REUSED'],
  FIELD_SAME_JSON_NAME: ['NUMBER_REUSED'],
  FIELD_WIRE_JSON_COMPATIBLE_TYPE: changedType,
  FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: [...changedType, 'CARDINALITY_CHANGED'],
  FIELD_NO_DELETE_UNLESS_NAME_RESERVED: unreserved,
  FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: unreserved,
  ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: enumValue,
  ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: enumValue,
  ENUM_VALUE_SAME_NAME: ['ENUM_VALUE_RENAMED'],
};

/** Buf's findings without those that one of ours has said already of the same line. */
export function withoutCovered(buf: readonly Finding[], ours: readonly Finding[]): Finding[] {
  const said = new Set(ours.map(({ file, line, rule }) => `${file}:${line} ${rule}`));
  return buf.filter(finding => !coveringOf(finding).some(own => said.has(`${finding.file}:${finding.line} ${own}`)));
}

/** The message that a map's entries are is named after the field: in a renamed map buf sees a change of its type. */
const renamedMap = /changed type from ".*Entry" to ".*Entry"/;

function coveringOf({ rule, what }: Finding): readonly string[] {
  const rules = covering[rule.slice('buf:'.length)] ?? [];
  return renamedMap.test(what) ? [...rules, 'FIELD_RENAMED'] : rules;
}
