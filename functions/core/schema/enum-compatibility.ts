import type { DescEnum } from '@bufbuild/protobuf';
import type { SchemaFinding } from './compatibility-rules.ts';

/** What changes for those who read an enum's names, of which the tables and files are full. */
export function enumFindings(before: DescEnum, after: DescEnum): SchemaFinding[] {
  const numbers = new Set(before.values.map(({ number }) => number));
  return [...numbers].flatMap(number => {
    const names = (desc: DescEnum) => desc.values.filter(value => value.number === number).map(({ name }) => name);
    const [old, now] = [names(before), names(after)];
    const [first] = now;
    if (first === undefined) return old.map(name => removed(name, number, after));
    const gone = old.find(name => !now.includes(name));
    if (gone === undefined) return [];
    return [
      {
        rule: 'ENUM_VALUE_RENAMED',
        at: `${after.typeName}.${first}`,
        what: `the value ${number} of ${after.typeName} is called ${first}, and was ${gone}`,
        mend: `call it ${gone} again; or keep ${gone} as an alias of the same number, with option allow_alias = true`,
      },
    ];
  });
}

function removed(name: string, number: number, after: DescEnum): SchemaFinding {
  const { reservedName, reservedRange } = after.proto;
  // The end of an enum's range is within it.
  const reserved =
    reservedName.includes(name) && reservedRange.some(({ start, end }) => start <= number && number <= end);
  return reserved
    ? {
        rule: 'ENUM_VALUE_REMOVED',
        at: after.typeName,
        what: `${after.typeName} no longer has ${name}`,
        mend: 'make sure that nobody publishes it any more; or keep it, marked as deprecated',
      }
    : {
        rule: 'ENUM_VALUE_NOT_RESERVED',
        at: after.typeName,
        what: `${after.typeName} no longer has ${name}, and ${name} = ${number} is not reserved`,
        mend: `write "reserved ${number};" and "reserved \\"${name}\\";" into the enum`,
      };
}
