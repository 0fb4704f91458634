import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { Column } from './column.ts';
import type { SchemaFinding } from './compatibility-rules.ts';
import { fieldOptions } from './options.ts';
import { typeClass } from './pins.ts';

/** A field, and its column where it has one: what is ignored, or dropped as personal data, has none. */
interface FieldColumn {
  readonly field: DescField;
  readonly column: Column | undefined;
}

/** How a field and its column changed. `kept` is the name that the newer column gets in the table. */
export function columnChangeFindings(
  before: FieldColumn,
  after: FieldColumn,
  { at, kept }: { readonly at: string; readonly kept: string | undefined },
): SchemaFinding[] {
  const findings: SchemaFinding[] = [];
  const [old, column] = [before.column, after.column];
  if (old !== undefined && column === undefined && fieldOptions(after.field).ignore === true) {
    findings.push({
      rule: 'COLUMN_DROPPED',
      at,
      what: `${at} is ignored: the column ${old.name} stays, and is NULL in new rows`,
      mend: 'remove (onramp.field).ignore, unless that is what is wanted',
    });
  }
  const weakened = piiFindings(before, after, at);
  findings.push(...weakened);
  if (old === undefined || column === undefined || kept === undefined) return findings;
  const [wasClass, isClass] = [typeClass(old), typeClass(column)];
  const renamed = before.field.name !== after.field.name;
  // A renamed map's entries are another message, of which buf does not compare the keys and the values.
  const otherMap = renamed && column.conversion === 'map' && old.protoType !== column.protoType;
  if (wasClass !== isClass || otherMap) {
    findings.push(classFinding({ renamed: renamed ? before.field.name : undefined, wasClass, isClass, at, kept }));
  } else if (renamed || old.name !== column.name) {
    findings.push({
      rule: 'FIELD_RENAMED',
      at,
      what: renamed
        ? `${at} was called ${before.field.name}; its column stays ${kept}`
        : `the column of ${at} was called ${old.name}; it stays ${kept}`,
      mend: !renamed
        ? `write (onramp.field).column = "${kept}", so that the schema says what the table has`
        : before.field.jsonName === after.field.jsonName
          ? 'nothing needs to be done'
          : `keep its JSON name with json_name = "${before.field.jsonName}", for JSON with the old name is unreadable otherwise`,
    });
  }
  if (wasClass === isClass && meaning(old) !== meaning(column) && weakened.length === 0) {
    findings.push({
      rule: 'VALUES_CHANGED',
      at,
      what: `the column ${kept} of ${at} holds values of ${said(column)}, and held values of ${said(old)}`,
      mend: 'add a new field for the new values instead',
    });
  }
  return findings;
}

interface ClassChange {
  /** The field's former name, where it has another one now. */
  readonly renamed: string | undefined;
  readonly wasClass: string;
  readonly isClass: string;
  readonly at: string;
  readonly kept: string;
}

function classFinding({ renamed, wasClass, isClass, at, kept }: ClassChange): SchemaFinding {
  const recovery = `published all the same, its values go to the column ${kept}`;
  if (renamed !== undefined) {
    return {
      rule: 'NUMBER_REUSED',
      at,
      what: `${at}, a column of ${isClass}, has the number of ${renamed}, which is one of ${wasClass}; ${recovery}`,
      mend: `give it a number of its own, and reserve the number and the name of ${renamed} if that is not needed any more`,
    };
  }
  const plain = (text: string) => text.replace(/^REPEATED /, '');
  const cardinality = plain(wasClass) === plain(isClass);
  return {
    rule: cardinality ? 'CARDINALITY_CHANGED' : 'TYPE_CHANGED',
    at,
    what: `${at} becomes a column of ${isClass}, and is one of ${wasClass}; ${recovery}`,
    mend: 'add a new field for the new values, and keep this one until nobody publishes it any more',
  };
}

/** Strongest first; a column that is dropped is not there at all. */
const strengths = ['drop', 'hmac', 'truncate', 'none'] as const;

function piiFindings(before: FieldColumn, after: FieldColumn, at: string): SchemaFinding[] {
  const { column } = after;
  if (column === undefined) return [];
  const was = strengthOf(before);
  const is = strengthOf(after);
  const lost = (before.column?.pii ?? fieldOptions(before.field).pii) !== undefined && column.pii === undefined;
  if (strengths.indexOf(is) <= strengths.indexOf(was) && !lost) return [];
  const said = lost ? 'is of no class of personal data any more' : `is masked by "${is}"`;
  return [
    {
      rule: 'PII_WEAKENED',
      at,
      what: `${at} ${said}, and was masked by "${was}"`,
      mend: 'let those decide who answer for personal data; the class and the mask are in the field’s options',
    },
  ];
}

function strengthOf({ field, column }: FieldColumn): (typeof strengths)[number] {
  if (column !== undefined) return column.mask ?? 'none';
  return fieldOptions(field).ignore === true ? 'none' : 'drop';
}

/** Columns of one type whose values are of one meaning, though the field’s types differ. */
function meaning({ conversion, type }: Column): string {
  switch (conversion) {
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'checked-int64':
      return 'integer';
    case 'float':
    case 'double':
      return 'float';
    case 'hmac':
      return type;
    case 'uint64':
    case 'integer-text':
    case 'decimal-text':
      return `decimal ${type}`;
    default:
      return conversion;
  }
}

const said = ({ protoType, conversion }: Column) =>
  protoType === undefined || protoType === conversion ? conversion : `${protoType} (${conversion})`;

/** A field that the newer message does not have. */
export function unreservedField({ name, number }: DescField, { typeName, proto }: DescMessage): SchemaFinding {
  // The end of a message's range is not within it.
  const reserved =
    proto.reservedName.includes(name) && proto.reservedRange.some(({ start, end }) => start <= number && number < end);
  return reserved
    ? {
        rule: 'FIELD_REMOVED',
        at: typeName,
        what: `${typeName} no longer has the field ${name}`,
        mend: 'nothing needs to be done',
      }
    : {
        rule: 'FIELD_NOT_RESERVED',
        at: typeName,
        what: `${typeName} no longer has the field ${name}, and ${name} = ${number} is not reserved`,
        mend: `write "reserved ${number};" and "reserved \\"${name}\\";" into the message`,
      };
}
