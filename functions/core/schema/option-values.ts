import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Kinds of values that `proto/onramp/options.proto` has. */
export type OptionKind = 'text' | 'flag' | 'number' | 'texts';

/** The fields of an option's message: their numbers, by the names that they have in code. */
export type OptionShape = Readonly<Record<string, readonly [number: number, kind: OptionKind]>>;

interface ValueOfKind {
  text: string;
  flag: boolean;
  number: number;
  texts: readonly string[];
}

export type OptionValues<Shape extends OptionShape> = { -readonly [Name in keyof Shape]?: ValueOfKind[Shape[Name][1]] };

/** https://protobuf.dev/programming-guides/proto3/#customoptions: of the numbers for use within an organisation */
const extensionNumber = 50700;

/** A field that the runtime kept without knowing it. */
interface UnknownField {
  readonly no: number;
  readonly wireType: number;
  readonly data: Uint8Array;
}

/**
 * Reads the extension `onramp.field` or `onramp.message` from the options of a descriptor. It is read from its bytes, by
 * the numbers that are fixed for ever, so that it does not matter which version of the options the descriptor set was
 * compiled with or whether it holds them; what a later version may add is passed over.
 * Throws for bytes that are no such message.
 */
export function optionValues<Shape extends OptionShape>(
  shape: Shape,
  options: { readonly $unknown?: readonly UnknownField[] | undefined } | undefined,
): OptionValues<Shape> {
  const values: Record<string, unknown> = {};
  const fields = new Map(Object.entries(shape).map(([name, [number, kind]]) => [number, { name, kind }]));
  // An extension that is set piece by piece may be there several times, and counts as one.
  for (const { no, wireType, data } of options?.$unknown ?? []) {
    if (no !== extensionNumber) continue;
    const whole = new BinaryReader(data);
    const reader = new BinaryReader(wireType === lengthDelimited ? whole.bytes() : malformed('is no message'));
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      const field = fields.get(number);
      if (field === undefined) reader.skip(type, number);
      else values[field.name] = read(reader, type, field.kind, values[field.name]);
    }
  }
  return values as OptionValues<Shape>;
}

const lengthDelimited: number = WireType.LengthDelimited;

function read(reader: BinaryReader, type: WireType, kind: OptionKind, before: unknown): unknown {
  const wanted = kind === 'text' || kind === 'texts' ? WireType.LengthDelimited : WireType.Varint;
  if (type !== wanted) malformed(`holds a ${kind} of wire type ${type}`);
  switch (kind) {
    case 'text':
      return utf8(reader.bytes());
    case 'texts':
      return [...((before as string[] | undefined) ?? []), utf8(reader.bytes())];
    case 'flag':
      return reader.bool();
    case 'number':
      return reader.int32();
  }
}

const utf8 = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

function malformed(what: string): never {
  throw new Error(what);
}
