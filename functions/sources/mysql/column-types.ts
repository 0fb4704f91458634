import type { NaturalType } from '../../core/batch/column-plan.ts';
import { decimalOf, type ExportColumn, type ExportType } from '../../core/batch/export-column.ts';
import { OnrampError } from '../../core/errors.ts';

/** A column of a result, as the server describes it. */
export interface MysqlColumn {
  readonly name: string;
  /** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
  readonly type: number;
  readonly flags: number;
  /** 63 is of bytes. */
  readonly characterSet: number;
  /** Bytes, of text in the connection's character set; digits with sign and point, of a decimal. */
  readonly length: number;
  readonly decimals: number;
  /** MariaDB's name of a type that it sends as another, such as `uuid`. */
  readonly extended?: string;
}

/** How a value of the text protocol is read. */
export type TextForm =
  | 'integer'
  | 'double'
  | 'decimal'
  | 'bit'
  | 'bit-decimal'
  | 'boolean'
  | 'bit-boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'text'
  | 'bytes'
  | 'vector';

export interface Reading {
  readonly select: (expression: string) => string;
  readonly form: TextForm;
}

export interface Natural extends Reading {
  readonly type: NaturalType;
  /** The type in MySQL's words. */
  readonly text: string;
}

const asIs = (expression: string) => expression;
const binaryCharset = 63;
const unsignedFlag = 0x20;
const enumFlag = 0x100;
const setFlag = 0x800;
/** https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-utf8mb4.html */
const bytesPerCharacter = 4;

/** What follows from the server's type alone. */
export function naturalReading(column: MysqlColumn): Natural {
  const { type, flags, length, decimals } = column;
  const unsigned = (flags & unsignedFlag) !== 0;
  const integer = (text: string): Natural => simple('INTEGER', 'integer', unsigned ? `${text} unsigned` : text);
  switch (type) {
    case 1:
      return integer(length === 1 ? 'tinyint(1)' : 'tinyint');
    case 2:
      return integer('smallint');
    case 9:
      return integer('mediumint');
    case 3:
      return integer('int');
    case 8:
      return unsigned ? decimalReading('bigint unsigned', 20, 0) : integer('bigint');
    case 13:
      return simple('INTEGER', 'integer', 'year');
    case 0:
    case 246: {
      const precision = length - (decimals > 0 ? 1 : 0) - (unsigned ? 0 : 1);
      return decimalReading(`decimal(${precision},${decimals})${unsigned ? ' unsigned' : ''}`, precision, decimals);
    }
    // Printed as it is, a float would have six digits; a sum would lose the sign of a zero.
    case 4:
      return { ...simple('FLOAT', 'double', 'float'), select: value => `(${value} * 1e0)` };
    case 5:
      return simple('FLOAT', 'double', 'double');
    case 16:
      return length <= 63
        ? simple('INTEGER', 'bit', `bit(${length})`)
        : { ...decimalReading('bit(64)', 20, 0), form: 'bit-decimal' };
    case 7:
      return simple('TIMESTAMP', 'datetime', `timestamp(${decimals})`);
    case 12:
      return simple('DATETIME', 'datetime', `datetime(${decimals})`);
    case 10:
    case 14:
      return simple('DATE', 'date', 'date');
    // From -838:59:59 to 838:59:59, so that only text holds it, unless it is declared to be a time of day.
    case 11:
      return simple('STRING', 'text', `time(${decimals})`);
    case 242:
      return { ...simple('FLOAT', 'vector', 'vector'), type: { type: 'FLOAT', repeated: true } };
    case 245:
      return simple('JSON', 'text', 'json');
    case 255:
      return { ...simple('STRING', 'text', column.extended ?? 'geometry'), select: value => `ST_AsText(${value})` };
    default:
      return textReading(column);
  }
}

function textReading({ flags, characterSet, length, extended, type }: MysqlColumn): Natural {
  if (extended === 'json') return simple('JSON', 'text', 'json');
  if (extended !== undefined) return simple('STRING', 'text', extended);
  if ((flags & enumFlag) !== 0) return simple('STRING', 'text', 'enum');
  if ((flags & setFlag) !== 0) return simple('STRING', 'text', 'set');
  const large = type >= 249 && type <= 252;
  if (characterSet === binaryCharset) {
    return simple('BYTES', 'bytes', large ? 'blob' : `${type === 254 ? 'binary' : 'varbinary'}(${length})`);
  }
  const characters = Math.floor(length / bytesPerCharacter);
  return simple('STRING', 'text', large ? 'text' : `${type === 254 ? 'char' : 'varchar'}(${characters})`);
}

const simple = (type: ExportType, form: TextForm, text: string): Natural => ({
  type: { type },
  form,
  text,
  select: asIs,
});

function decimalReading(text: string, precision: number, scale: number): Natural {
  const decimal = decimalOf(precision, scale);
  if (decimal === undefined) return simple('STRING', 'text', text);
  return { type: { type: 'NUMERIC', ...decimal }, form: 'decimal', text, select: asIs };
}

/**
 * How a column is read that is exported as something else than its natural type. Throws EXPORT_TYPE_REFUSED where that
 * could round or wrap a value without a trace.
 */
export function readingOf(column: ExportColumn, natural: Natural): Reading {
  const from = natural.type.type;
  const textual = from === 'STRING' && natural.form === 'text';
  if (natural.form === 'vector') return vectorReading(column, natural);
  const bits = natural.form === 'bit' || natural.form === 'bit-decimal';
  switch (column.type) {
    case 'STRING':
      return bits ? { form: 'text', select: value => `CAST(${value} AS UNSIGNED)` } : { ...natural, form: 'text' };
    case 'JSON':
      if (from === 'JSON' || textual) return { ...natural, form: 'text' };
      break;
    case 'BYTES':
      if (from === 'BYTES' || textual) return { ...natural, form: 'bytes' };
      break;
    case 'BOOLEAN':
      if (from === 'INTEGER' || bits) return { ...natural, form: bits ? 'bit-boolean' : 'boolean' };
      break;
    case 'NUMERIC':
      if (from === 'NUMERIC') return natural;
      if (natural.form === 'bit') return { ...natural, form: 'bit-decimal' };
      if (from === 'INTEGER' || textual) return { ...natural, form: 'decimal' };
      break;
    case 'INTEGER':
      if (from === 'INTEGER') return natural;
      if (from === 'NUMERIC' && !bits) return { ...natural, form: 'integer' };
      break;
    case 'TIMESTAMP':
    case 'DATETIME':
      if (natural.form === 'datetime') return natural;
      break;
    case 'TIME':
      if (natural.text.startsWith('time(')) return { ...natural, form: 'time' };
      break;
    default:
      if (column.type === from) return natural;
  }
  throw refused(column, natural);
}

/** As it comes, a vector is bytes. https://dev.mysql.com/doc/refman/9.4/en/vector-functions.html */
const vectorText: Reading = { form: 'text', select: value => `VECTOR_TO_STRING(${value})` };

function vectorReading(column: ExportColumn, natural: Natural): Reading {
  if (column.type === 'FLOAT') return natural;
  const whole = (column.type === 'STRING' || column.type === 'JSON') && column.repeated !== true;
  if (whole) return vectorText;
  throw refused(column, natural);
}

const refused = (column: ExportColumn, natural: Natural) =>
  new OnrampError('EXPORT_TYPE_REFUSED', `column ${column.name}: ${natural.text} as ${column.type}`);

/** A masked column is read as text, save bytes, which are masked as they are. */
export function maskedReading(natural: Natural): Reading {
  switch (natural.form) {
    case 'bit':
    case 'bit-decimal':
      return { form: 'text', select: value => `CAST(${value} AS UNSIGNED)` };
    case 'vector':
      return vectorText;
    default:
      return natural;
  }
}
