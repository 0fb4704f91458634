import type { NaturalType } from '../../core/batch/column-plan.ts';
import type { ExportColumn, ExportType } from '../../core/batch/export-column.ts';
import { decimalOf } from '../../core/batch/export-column.ts';
import { OnrampError } from '../../core/errors.ts';
import type { Wire } from './values.ts';

/** What the server's catalogue says of a column of the result. A domain is described as the type below it. */
export interface ServerType {
  /** As `format_type` writes it, such as `numeric(12,2)`. */
  readonly text: string;
  readonly oid: number;
  /** The type's modifier; -1 when there is none. */
  readonly modifier: number;
  /** `pg_type.typtype`: b, c, d, e, p, r or m. */
  readonly typtype: string;
  readonly name: string;
  /** Of an array, its elements' type. */
  readonly element?: ServerType;
}

/** How a column is selected and read. */
export interface Reading {
  /** From the column's expression. */
  readonly select: (expression: string) => string;
  readonly wire: Wire;
}

interface Natural extends Reading {
  readonly type: NaturalType;
}

const asIs = (expression: string) => expression;
const asText = (expression: string) => `${expression}::text`;
const asJson = (expression: string) => `to_json(${expression})::text`;

const direct = (type: ExportType, wire: Wire): Natural => ({ type: { type }, wire, select: asIs });
const text: Natural = { type: { type: 'STRING' }, wire: 'text', select: asText };
const json: Natural = { type: { type: 'JSON' }, wire: 'text', select: asJson };

/** By `pg_type.oid`, which is fixed for built-in types: src/include/catalog/pg_type.dat of PostgreSQL. */
const builtIn: Readonly<Record<number, Natural>> = {
  16: direct('BOOLEAN', 'bool'),
  17: direct('BYTES', 'bytes'),
  18: text,
  19: direct('STRING', 'text'),
  20: direct('INTEGER', 'int8'),
  21: direct('INTEGER', 'int2'),
  23: direct('INTEGER', 'int4'),
  25: direct('STRING', 'text'),
  26: direct('INTEGER', 'oid'),
  114: direct('JSON', 'text'),
  700: direct('FLOAT', 'float4'),
  701: direct('FLOAT', 'float8'),
  // Its binary form depends on the server's locale; a numeric does not.
  790: { type: { type: 'NUMERIC', precision: 19, scale: 2 }, wire: 'numeric', select: value => `${value}::numeric` },
  1042: direct('STRING', 'text'),
  1043: direct('STRING', 'text'),
  1082: direct('DATE', 'date'),
  1083: direct('TIME', 'time'),
  1114: direct('DATETIME', 'timestamp'),
  1184: direct('TIMESTAMP', 'timestamp'),
  2950: direct('STRING', 'uuid'),
  3802: direct('JSON', 'jsonb'),
};

const numericOid = 1700;

/** What follows from the server's type alone. */
export function naturalReading(type: ServerType): Natural {
  if (type.oid === numericOid) return numericReading(type.modifier);
  const known = builtIn[type.oid];
  if (known !== undefined) return known;
  if (type.element !== undefined || 'crm'.includes(type.typtype) || type.name === 'hstore') return json;
  if (type.typtype === 'e') return direct('STRING', 'text');
  if (type.name === 'geometry' || type.name === 'geography') {
    return { ...text, select: value => `ST_AsText(${value})` };
  }
  return text;
}

/** A numeric without declared digits has up to 131,072 of them, so that only text holds it. */
function numericReading(modifier: number): Natural {
  if (modifier < 0) return text;
  const packed = modifier - 4;
  const decimal = decimalOf((packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
  return decimal === undefined ? text : { type: { type: 'NUMERIC', ...decimal }, wire: 'numeric', select: asIs };
}

/**
 * How an array is read as one, when its elements are read so: as the server sends it where nothing is done with them.
 * An array of several dimensions, of which `unnest` leaves nothing, stays one, for whoever reads it to refuse.
 */
export function ofElements({ select, wire }: Reading): Reading {
  if (select === asIs) return { select, wire };
  const elements = (expression: string) => `FROM (SELECT unnest(${expression}) AS element) AS elements`;
  return {
    wire,
    select: expression =>
      `CASE WHEN array_ndims(${expression}) > 1 THEN (SELECT array_agg(ARRAY[${select('element')}]) ${elements(expression)}) ` +
      `WHEN ${expression} IS NOT NULL THEN ARRAY(SELECT ${select('element')} ${elements(expression)}) END`,
  };
}

/**
 * How a column is read that is exported as something else than its natural type. Throws EXPORT_TYPE_REFUSED where that
 * could round or wrap a value without a trace.
 */
export function readingOf(column: ExportColumn, natural: Natural, type: ServerType): Reading {
  const { type: from } = natural.type;
  const textual = from === 'STRING';
  if (column.type === from && column.type !== 'NUMERIC') return natural;
  switch (column.type) {
    case 'STRING':
      return from === 'STRING' || from === 'JSON' ? natural : { wire: 'text', select: asText };
    case 'JSON':
      if (textual) return { wire: 'text', select: asText };
      break;
    case 'BYTES':
      // As they are sent, of which a database without encoding does not vouch that they are UTF-8.
      if (textual) return { wire: 'bytes', select: natural.wire === 'text' ? natural.select : asText };
      break;
    case 'NUMERIC':
      if (from === 'NUMERIC' || type.oid === numericOid)
        return { wire: 'numeric', select: value => `${value}::numeric` };
      // Its text has all digits of a float; a cast of the float itself would round to 15.
      if (from === 'INTEGER' || from === 'FLOAT' || textual)
        return { wire: 'numeric', select: value => `${value}::text::numeric` };
      break;
    case 'INTEGER':
      if (from === 'NUMERIC' || textual) return { wire: 'integral', select: value => `${value}::text::numeric` };
      break;
    case 'TIMESTAMP':
    case 'DATETIME':
      if (from === 'TIMESTAMP' || from === 'DATETIME')
        return { wire: 'timestamp', select: value => `(${value} AT TIME ZONE 'UTC')` };
      break;
    default:
  }
  throw new OnrampError('EXPORT_TYPE_REFUSED', `column ${column.name}: ${type.text} as ${column.type}`);
}

/** A masked column is read as text, save bytes, which are masked as they are. */
export const maskedReading = (natural: Natural): Reading =>
  natural.wire === 'text' || natural.wire === 'bytes' ? natural : { wire: 'text', select: asText };
