import type { Complaints, Located } from '../errors.ts';

/** A date part, such as DAY or WEEK(MONDAY). */
export interface DatePart {
  readonly name: PartName;
  /** Of WEEK: the day on which it starts, 0 for Sunday. */
  readonly weekday: number;
}

const names = [
  'MICROSECOND',
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'WEEK',
  'ISOWEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
  'DATE',
  'TIME',
  'DATETIME',
] as const;

export type PartName = (typeof names)[number];

const weekdays = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** Parts of at most an hour, and the microseconds in each. */
export const microseconds: Readonly<Partial<Record<PartName, bigint>>> = {
  MICROSECOND: 1n,
  MILLISECOND: 1_000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
};
export const microsecondsOfDay = 86_400_000_000n;

type PartNode = Located & { readonly type: string };

/** Reads a date part, which the parser takes for a name, a call or a keyword, depending on where it stands. */
export function datePart(complain: Complaints, node: PartNode): DatePart {
  const part = node as PartNode & {
    readonly name?: { readonly name?: string } | string;
    readonly unitKw?: { readonly name: string };
    readonly args?: {
      readonly expr: {
        readonly name?: string;
        readonly args?: { readonly items: readonly { readonly name?: string }[] };
      };
    };
  };
  switch (node.type) {
    case 'identifier':
      return named(complain, typeof part.name === 'string' ? part.name : '', node);
    case 'interval_unit':
      return named(complain, part.unitKw?.name ?? '', node);
    case 'week_expr':
      return week(complain, part.args?.expr.name, node);
    case 'func_call':
      if (typeof part.name === 'object' && part.name.name?.toUpperCase() === 'WEEK') {
        return week(complain, part.args?.expr.args?.items[0]?.name, node);
      }
      break;
  }
  return complain.invalid(node, 'A valid date part name is required');
}

function named(complain: Complaints, text: string, node: Located): DatePart {
  const name = names.find(candidate => candidate === text.toUpperCase());
  return name === undefined
    ? complain.invalid(node, `A valid date part name is required but found ${text}`)
    : { name, weekday: 0 };
}

function week(complain: Complaints, day: string | undefined, node: Located): DatePart {
  const weekday = weekdays.indexOf((day ?? '').toUpperCase());
  return weekday < 0
    ? complain.invalid(node, `A valid week day is required but found ${day ?? ''}`)
    : { name: 'WEEK', weekday };
}
