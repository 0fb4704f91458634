/**
 * `breaking`: events that are published, or rows that are written, would be lost, misread or refused.
 * `warning`: all flows on, but somebody who reads the table will be surprised. `note`: what is good to know.
 */
export type FindingLevel = 'breaking' | 'warning' | 'note';

interface Rule {
  readonly level: FindingLevel;
  readonly why: string;
}

const rules = {
  TYPE_CHANGED: {
    level: 'breaking',
    why: 'BigQuery cannot change the type of a column that exists, and bytes of the old type are not of the new one.',
  },
  CARDINALITY_CHANGED: {
    level: 'breaking',
    why: 'BigQuery cannot make a column REPEATED that is not, or the other way round.',
  },
  NUMBER_REUSED: {
    level: 'breaking',
    why: 'A payload holds numbers, not names: what was published with the old field is read as the new one.',
  },
  FIELD_NOT_RESERVED: {
    level: 'breaking',
    why: 'Somebody may give the number or the name to another field, as which every older payload is then read.',
  },
  ENUM_VALUE_RENAMED: {
    level: 'breaking',
    why: 'Tables and files hold the name: rows before and after would differ, and JSON with the old name is unreadable.',
  },
  ENUM_VALUE_NOT_RESERVED: {
    level: 'breaking',
    why: 'Somebody may give the number or the name to another value, as which every older payload is then read.',
  },
  NAME_CLASH: {
    level: 'breaking',
    why: 'BigQuery does not tell names apart by their case, so that both fields would be one column.',
  },
  NAME_RESERVED: {
    level: 'breaking',
    why: 'A table cannot have a column of that name.',
  },
  TOO_MANY_COLUMNS: {
    level: 'breaking',
    why: 'A BigQuery table has at most 10,000 columns, those in RECORDs and those that nothing writes any more counted.',
  },
  MESSAGE_REMOVED: {
    level: 'breaking',
    why: 'A ramp’s events are of that type: with no such message they can no longer be published or decoded.',
  },
  RAMP_SCHEMA_CHANGED: {
    level: 'breaking',
    why: 'Events that name the ramp’s former schema become dead letters, and the table has that schema’s columns.',
  },
  LAYOUT_COLUMN_UNKNOWN: {
    level: 'breaking',
    why: 'A table cannot be partitioned or clustered by a column that it does not have.',
  },
  FIELD_RENAMED: {
    level: 'warning',
    why: 'A field’s column is pinned to its number, so that queries go on: in the table it keeps its former name.',
  },
  COLUMN_TAKEN: {
    level: 'warning',
    why: 'A column belongs to the field that had it first, for ever: two fields never share one.',
  },
  VALUES_CHANGED: {
    level: 'warning',
    why: 'The column takes both, but rows before and after mean different things by the same value.',
  },
  ENUM_VALUE_REMOVED: {
    level: 'warning',
    why: 'Events that still have the value show its number instead of its name, and JSON with the name is unreadable.',
  },
  COLUMN_DROPPED: {
    level: 'warning',
    why: 'The field is still published, but from now on only the raw lake has it.',
  },
  PII_WEAKENED: {
    level: 'warning',
    why: 'Personal data that were masked can be read in new rows and files.',
  },
  LAYOUT_COLUMN_REMOVED: {
    level: 'warning',
    why: 'The table keeps the layout that it was made with: new rows are NULL there, and queries by it read all of them.',
  },
  FIELD_REMOVED: {
    level: 'note',
    why: 'BigQuery keeps the column with what it holds; it is NULL in new rows.',
  },
  NESTED_AS_JSON: {
    level: 'note',
    why: 'Columns nest 15 levels deep at most, and a message that contains itself has no end: from there on it is JSON.',
  },
} as const satisfies Record<string, Rule>;

/** A stable id of a rule of the warehouse; docs/schemas.md has them all. */
export type CompatibilityRule = keyof typeof rules;

export const compatibilityRules: Readonly<Record<CompatibilityRule, Rule>> = rules;

/** What a rule found. */
export interface SchemaFinding {
  readonly rule: CompatibilityRule;
  /**
   * Full name of the declaration that it is about and that the newer schema has: of a message, a field, or an enum's
   * value, as in `shop.v1.Colour.COLOUR_RED`.
   */
  readonly at: string;
  readonly what: string;
  readonly mend: string;
}
