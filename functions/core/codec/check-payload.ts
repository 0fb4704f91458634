import { isUtf8 } from 'node:buffer';
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type ErrorCode, OnrampError } from '../errors.ts';

/**
 * Levels of messages and groups inside of each other, the payload itself counted: what protobuf's own decoders allow.
 * See https://protobuf.dev/programming-guides/proto-limits/
 */
const maxDepth = 100;

/** https://protobuf.dev/programming-guides/encoding/#structure */
const wire = { varint: 0, bit64: 1, lengthDelimited: 2, startGroup: 3, endGroup: 4, bit32: 5 } as const;

/**
 * Checks the bytes of a payload against its message type, before anything is built from them: that every tag, number
 * and length is whole and inside of its message, that fields have the wire types that the schema declares, that groups
 * end where they should, and that strings are UTF-8. Fields that the schema does not know need only be well-formed.
 *
 * Throws PAYLOAD_UNDECODABLE, PAYLOAD_WRONG_TYPE, PAYLOAD_INVALID_UTF8 or PAYLOAD_TOO_DEEP; the detail names the field
 * and the offset, and nothing of the payload.
 * @returns whether there are fields that the schema does not know
 */
export function checkPayload(desc: DescMessage, payload: Uint8Array): boolean {
  const cursor: Cursor = { bytes: payload, pos: 0, unknown: false };
  checkMessage(planOf(desc), cursor, payload.length, 1);
  return cursor.unknown;
}

interface Cursor {
  readonly bytes: Uint8Array;
  pos: number;
  /** Whether a field was met that the schema does not know. */
  unknown: boolean;
}

interface MessagePlan {
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

interface FieldPlan {
  /** Full name, such as `acme.v1.Event.user_name`. */
  readonly name: string;
  readonly wireType: number;
  /** Wire type of the elements, where a repeated field may be packed. */
  readonly packed?: number;
  readonly isString?: boolean;
  /** Of a nested message or a map's entry. */
  readonly message?: () => MessagePlan;
  /** A map's entry is no level of its own. */
  readonly levels?: 0 | 1;
}

const plans = new WeakMap<DescMessage, MessagePlan>();

function planOf(desc: DescMessage): MessagePlan {
  let plan = plans.get(desc);
  if (plan === undefined) {
    plan = { name: desc.typeName, fields: new Map(desc.fields.map(field => [field.number, fieldPlan(field)])) };
    plans.set(desc, plan);
  }
  return plan;
}

function fieldPlan(field: DescField): FieldPlan {
  const name = `${field.parent.typeName}.${field.name}`;
  if (field.fieldKind === 'map') {
    const fields = new Map([
      [1, scalarPlan(`${name}.key`, field.mapKey)],
      [2, valuePlan(`${name}.value`, field, false)],
    ]);
    const entry: MessagePlan = { name, fields };
    return { name, wireType: wire.lengthDelimited, message: () => entry, levels: 0 };
  }
  const delimited = (field.fieldKind === 'message' || field.fieldKind === 'list') && isDelimited(field);
  const plan = valuePlan(name, field, delimited);
  const packable = field.fieldKind === 'list' && plan.wireType !== wire.lengthDelimited && plan.message === undefined;
  return packable ? { ...plan, packed: plan.wireType } : plan;
}

const isDelimited = (field: DescField) => 'delimitedEncoding' in field && field.delimitedEncoding;

function valuePlan(name: string, field: DescField, delimited: boolean): FieldPlan {
  const { message } = field;
  if (message !== undefined) {
    const wireType = delimited ? wire.startGroup : wire.lengthDelimited;
    return { name, wireType, message: () => planOf(message), levels: 1 };
  }
  return field.enum === undefined ? scalarPlan(name, field.scalar) : { name, wireType: wire.varint };
}

function scalarPlan(name: string, scalar: ScalarType): FieldPlan {
  switch (scalar) {
    case ScalarType.STRING:
      return { name, wireType: wire.lengthDelimited, isString: true };
    case ScalarType.BYTES:
      return { name, wireType: wire.lengthDelimited };
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { name, wireType: wire.bit64 };
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return { name, wireType: wire.bit32 };
    default:
      return { name, wireType: wire.varint };
  }
}

/** Checks the fields up to `end`, or up to the end of the group of that number, which lies before `end`. */
function checkMessage(plan: MessagePlan, cursor: Cursor, end: number, depth: number, group?: number): void {
  if (depth > maxDepth)
    throw problem('PAYLOAD_TOO_DEEP', plan.name, `is nested more than ${maxDepth} levels deep`, cursor.pos);
  while (cursor.pos < end) {
    const start = cursor.pos;
    const tag = varint(cursor, end, plan.name);
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (tag > 0xffff_ffff || number === 0) throw undecodable(plan.name, 'has a tag that is none', start);
    if (wireType === wire.endGroup) {
      if (number === group) return;
      throw undecodable(plan.name, 'has the end of a group that did not begin', start);
    }
    const field = plan.fields.get(number);
    if (field === undefined) skipUnknown(plan.name, cursor, end, number, wireType, depth);
    else checkField(field, cursor, end, number, wireType, depth, start);
  }
  if (group !== undefined) throw undecodable(plan.name, 'has a group without end', cursor.pos);
}

function checkField(
  field: FieldPlan,
  cursor: Cursor,
  end: number,
  number: number,
  wireType: number,
  depth: number,
  start: number,
): void {
  if (wireType !== field.wireType) {
    if (field.packed === undefined || wireType !== wire.lengthDelimited) {
      if (wireType > wire.bit32) throw undecodable(field.name, 'has a wire type that does not exist', start);
      const types = `has wire type ${wireType} where its schema has ${field.wireType}`;
      throw problem('PAYLOAD_WRONG_TYPE', field.name, types, start);
    }
    checkPacked(field, cursor, end, field.packed);
    return;
  }
  if (field.message === undefined) {
    skipValue(field, cursor, end, wireType);
    return;
  }
  const levels = field.levels ?? 1;
  if (wireType === wire.startGroup) {
    checkMessage(field.message(), cursor, end, depth + levels, number);
  } else {
    const messageEnd = lengthDelimited(cursor, end, field.name);
    checkMessage(field.message(), cursor, messageEnd, depth + levels);
  }
}

function skipValue(field: FieldPlan, cursor: Cursor, end: number, wireType: number): void {
  switch (wireType) {
    case wire.varint:
      varint(cursor, end, field.name);
      return;
    case wire.bit64:
      skip(cursor, end, 8, field.name);
      return;
    case wire.bit32:
      skip(cursor, end, 4, field.name);
      return;
    default: {
      const start = cursor.pos;
      const valueEnd = lengthDelimited(cursor, end, field.name);
      if (field.isString === true && !isText(cursor.bytes, cursor.pos, valueEnd)) {
        throw problem('PAYLOAD_INVALID_UTF8', field.name, 'is not UTF-8', start);
      }
      cursor.pos = valueEnd;
    }
  }
}

function checkPacked(field: FieldPlan, cursor: Cursor, end: number, wireType: number): void {
  const valueEnd = lengthDelimited(cursor, end, field.name);
  const start = cursor.pos;
  if (wireType === wire.varint) {
    while (cursor.pos < valueEnd) varint(cursor, valueEnd, field.name);
  } else if ((valueEnd - start) % (wireType === wire.bit64 ? 8 : 4) !== 0) {
    throw undecodable(field.name, 'has a packed length that cuts its last value', start);
  }
  cursor.pos = valueEnd;
}

function skipUnknown(
  within: string,
  cursor: Cursor,
  end: number,
  number: number,
  wireType: number,
  depth: number,
): void {
  cursor.unknown = true;
  const name = `${within}, unknown field ${number},`;
  if (wireType === wire.startGroup) {
    checkMessage({ name, fields: new Map() }, cursor, end, depth + 1, number);
  } else if (wireType > wire.bit32) {
    throw undecodable(name, 'has a wire type that does not exist', cursor.pos);
  } else {
    skipValue({ name, wireType }, cursor, end, wireType);
  }
}

/** Reads a length and checks that as much is left; answers with where it ends. */
function lengthDelimited(cursor: Cursor, end: number, name: string): number {
  const start = cursor.pos;
  const length = varint(cursor, end, name);
  if (length > end - cursor.pos) throw undecodable(name, 'is longer than what is left of its message', start);
  return cursor.pos + length;
}

function skip(cursor: Cursor, end: number, length: number, name: string): void {
  if (cursor.pos + length > end) throw undecodable(name, 'ends in the middle of a value', cursor.pos);
  cursor.pos += length;
}

/** Reads a varint of at most ten bytes; exact as long as it is a tag or a length that can be right. */
function varint(cursor: Cursor, end: number, name: string): number {
  const { bytes } = cursor;
  const start = cursor.pos;
  let value = 0;
  let factor = 1;
  while (cursor.pos < end) {
    const byte = bytes[cursor.pos] ?? 0;
    cursor.pos += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    if (cursor.pos - start === 10) throw undecodable(name, 'has a number of more than ten bytes', start);
    factor *= 128;
  }
  throw undecodable(name, 'ends in the middle of a number', start);
}

/** Short texts are mostly ASCII, which is found out faster here than by a call out of JavaScript. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= 32) {
    let bits = 0;
    for (let i = start; i < end; i += 1) bits |= bytes[i] ?? 0;
    if (bits < 0x80) return true;
  }
  return isUtf8(bytes.subarray(start, end));
}

const undecodable = (name: string, what: string, offset: number) => problem('PAYLOAD_UNDECODABLE', name, what, offset);

const problem = (code: ErrorCode, name: string, what: string, offset: number) =>
  new OnrampError(code, `${name} ${what}, at byte ${offset}`);
