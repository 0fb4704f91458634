import fc from 'fast-check';

/** A proto file that changes: as it was, and as it is. Both declare the messages `Event` and `Part` and the enum `Kind`. */
export interface SchemaPair {
  readonly before: ProtoFile;
  readonly after: ProtoFile;
}

/** What a random proto file declares. */
export interface ProtoFile {
  readonly event: MessageModel;
  readonly part: MessageModel;
  readonly kind: EnumModel;
}

interface MessageModel {
  readonly fields: readonly FieldModel[];
  readonly reserved: readonly Reserved[];
}

interface EnumModel {
  readonly values: readonly Reserved[];
  readonly reserved: readonly Reserved[];
}

interface Reserved {
  readonly name: string;
  readonly number: number;
}

interface FieldModel extends Reserved {
  readonly type: string;
  readonly label: '' | 'optional ' | 'repeated ' | 'map';
  readonly jsonName?: string;
}

const types = [
  ...['int32', 'int64', 'uint32', 'uint64', 'sint32', 'fixed32', 'double', 'float', 'bool', 'string', 'bytes'],
  ...['Kind', 'Part', 'google.protobuf.Timestamp', 'google.protobuf.Struct', 'google.protobuf.Int64Value'],
];
const withoutParts = types.filter(type => type !== 'Part');

/** The proto file of a pair's side, in a package of its own. */
export function protoText({ event, part, kind }: ProtoFile, packageName: string): string {
  return [
    'syntax = "proto3";',
    `package ${packageName};`,
    'import "google/protobuf/struct.proto";',
    'import "google/protobuf/timestamp.proto";',
    'import "google/protobuf/wrappers.proto";',
    messageText('Event', event),
    messageText('Part', part),
    `enum Kind {\n${reservedText(kind.reserved)}${kind.values.map(({ name, number }) => `  ${name} = ${number};\n`).join('')}}`,
    '',
  ].join('\n');
}

const messageText = (name: string, { fields, reserved }: MessageModel) =>
  `message ${name} {\n${reservedText(reserved)}${fields.map(fieldText).join('')}}`;

const reservedText = (reserved: readonly Reserved[]) =>
  reserved.map(({ name, number }) => `  reserved ${number};\n  reserved "${name}";\n`).join('');

function fieldText({ name, number, type, label, jsonName }: FieldModel): string {
  const declared = label === 'map' ? `map<string, ${type}>` : `${label}${type}`;
  return `  ${declared} ${name} = ${number}${jsonName === undefined ? '' : ` [json_name = "${jsonName}"]`};\n`;
}

const arbitraryType = (type: readonly string[]) =>
  fc.record({
    type: fc.constantFrom(...type),
    label: fc.constantFrom('' as const, '' as const, 'optional ' as const, 'repeated ' as const, 'map' as const),
  });

const arbitraryMessage = (prefix: string, types: readonly string[]): fc.Arbitrary<MessageModel> =>
  fc.array(arbitraryType(types), { minLength: 1, maxLength: 6 }).map(fields => ({
    fields: fields.map((field, index) => ({ ...field, name: `${prefix}_${index + 1}`, number: index + 1 })),
    reserved: [],
  }));

const arbitraryFile: fc.Arbitrary<ProtoFile> = fc.record({
  // A part is always in use, or a change of it would change nothing.
  event: arbitraryMessage('field', types).map(({ fields, reserved }) => ({
    fields: [
      ...fields,
      { name: 'part', number: 20, type: 'Part', label: '' },
      { name: 'kind', number: 21, type: 'Kind', label: '' },
    ],
    reserved,
  })),
  part: arbitraryMessage('member', withoutParts),
  kind: fc.constant({
    values: [
      { name: 'KIND_UNSPECIFIED', number: 0 },
      { name: 'KIND_ONE', number: 1 },
      { name: 'KIND_TWO', number: 2 },
    ],
    reserved: [],
  }),
});

type Change = (file: ProtoFile) => ProtoFile;

/** A change of the event itself, or of what is nested in it. */
const onFields = (
  make: (
    fields: readonly FieldModel[],
    index: number,
    other: Pick<FieldModel, 'type' | 'label'>,
    free: number,
  ) => MessageModel['fields'] | MessageModel,
): fc.Arbitrary<Change> =>
  fc
    .record({ nested: fc.boolean(), index: fc.nat(), event: arbitraryType(types), part: arbitraryType(withoutParts) })
    .map(
      ({ nested, index, event, part }): Change =>
        file => {
          const key = nested ? 'part' : 'event';
          const message = file[key];
          const made = make(
            message.fields,
            index % message.fields.length,
            nested ? part : event,
            next([...message.fields, ...message.reserved]),
          );
          const { fields, reserved } = 'fields' in made ? made : { fields: made, reserved: [] };
          return { ...file, [key]: { fields, reserved: [...message.reserved, ...reserved] } };
        },
    );

const replaced = (fields: readonly FieldModel[], index: number, change: Partial<FieldModel>) =>
  fields.map((field, each) => (each === index ? { ...field, ...change } : field));

/** A number that no field has or had. */
const next = (taken: readonly Reserved[]) => Math.max(30, ...taken.map(({ number }) => number + 1));

/** A field that is written, for none is left where all were removed. */
const at = (fields: readonly FieldModel[], index: number): FieldModel => {
  const field = fields[index];
  if (field === undefined) throw new Error('a message of these has a field at least');
  return field;
};

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const add = onFields((fields, _, other, free) => [...fields, { ...other, name: `added_${free}`, number: free }]);
const rename = (keepJson: boolean) =>
  onFields((fields, index) => {
    const { name, jsonName = camel(name) } = at(fields, index);
    return replaced(fields, index, { name: `${name}_new`, ...(keepJson && { jsonName }) });
  });
const remove = (reserve: boolean) =>
  onFields((fields, index) => {
    if (fields.length === 1) return fields;
    return { fields: fields.toSpliced(index, 1), reserved: reserve ? [at(fields, index)] : [] };
  });
const retype = onFields((fields, index, other) => replaced(fields, index, { type: other.type }));
const relabel = onFields((fields, index, other) => replaced(fields, index, { label: other.label }));
const reuse = onFields((fields, index, other) =>
  replaced(fields, index, { ...other, name: `reused_${at(fields, index).number}` }),
);
const swap = onFields((fields, index) => {
  const [a, b] = [at(fields, index), at(fields, (index + 1) % fields.length)];
  return a === b
    ? fields
    : fields.map(field => (field === a ? { ...a, name: b.name } : field === b ? { ...b, name: a.name } : field));
});

const onKind = (change: (kind: EnumModel) => EnumModel): fc.Arbitrary<Change> =>
  fc.constant(file => ({ ...file, kind: change(file.kind) }));
const addValue = onKind(({ values, reserved }) => ({
  values: values.some(({ number }) => number === 3) ? values : [...values, { name: 'KIND_THREE', number: 3 }],
  reserved,
}));
const renameValue = onKind(({ values, reserved }) => ({
  values: values.map(value => (value.number === 1 ? { ...value, name: 'KIND_UNO' } : value)),
  reserved,
}));
const removeValue = (reserve: boolean) =>
  onKind(({ values, reserved }) => {
    const gone = values.filter(({ number }) => number === 2);
    return {
      values: values.filter(({ number }) => number !== 2),
      reserved: reserve ? [...reserved, ...gone] : reserved,
    };
  });

const harmless = [add, add, addValue, rename(true), remove(true), removeValue(true)];
const anything = [
  ...harmless,
  rename(false),
  remove(false),
  retype,
  relabel,
  reuse,
  swap,
  renameValue,
  removeValue(false),
];

/** Pairs of which about half change by additions and the like only. */
export const arbitrarySchemaPair: fc.Arbitrary<SchemaPair> = fc
  .tuple(
    arbitraryFile,
    fc.oneof(
      fc.array(fc.oneof(...harmless), { maxLength: 4 }),
      fc.array(fc.oneof(...anything), { minLength: 1, maxLength: 3 }),
    ),
  )
  .map(([before, changes]) => ({ before, after: changes.reduce((file, change) => change(file), before) }));
