import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { columnNames } from './column-names.ts';
import type { SchemaFinding } from './compatibility-rules.ts';
import { fieldOptions } from './options.ts';

/** The fields of a message that cannot have a column of their name, and could before. */
export function nameFindings(before: DescMessage | undefined, after: DescMessage, topLevel: boolean): SchemaFinding[] {
  const old = before === undefined ? undefined : namesOf(before, topLevel);
  const names = namesOf(after, topLevel);
  return after.fields.flatMap(field => {
    const named = names.get(field.number);
    if (named?.problem === undefined || old?.get(field.number)?.problem === named.problem) return [];
    const wanted = wantedName(field);
    const twin = after.fields.find(
      other => other.number < field.number && wantedName(other).toLowerCase() === wanted.toLowerCase(),
    );
    return [
      {
        rule: twin === undefined ? 'NAME_RESERVED' : 'NAME_CLASH',
        at: `${after.typeName}.${field.name}`,
        what: `the field ${field.name} of ${after.typeName} cannot have the column ${wanted}: ${named.problem}`,
        mend: 'choose another name for the field, or for its column with (onramp.field).column',
      },
    ];
  });
}

const wantedName = (field: DescField) => fieldOptions(field).column ?? field.name;

const namesOf = (desc: DescMessage, topLevel: boolean) =>
  columnNames(
    desc.fields
      .filter(field => fieldOptions(field).ignore !== true)
      .map(field => ({ name: wantedName(field), number: field.number })),
    topLevel,
  );
