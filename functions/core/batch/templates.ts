import type { ExportAddress, Schedule } from './config.ts';
import { type Instant, millisOf, minutes } from './instant.ts';
import type { Interval } from './interval.ts';
import { ticksOf } from './schedule.ts';
import { checkStatements } from './template/check.ts';
import { macros } from './template/macros.ts';
import { parseTemplate } from './template/parse-template.ts';
import { renderStatements } from './template/render.ts';
import { strftime } from './template/strftime.ts';
import { isoText, TemplateDate } from './template/template-date.ts';
import { TemplateError } from './template/template-error.ts';
import type { Value } from './template/values.ts';

/** What templates of a run are rendered with. */
export interface TemplateContext {
  readonly address: ExportAddress;
  readonly schedule: Schedule;
  readonly interval: Interval;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** By how much the interval starts early, in the query of an export with an overlap. */
  readonly overlapMinutes?: number;
}

/**
 * Renders a template as Jinja and Airflow do, with the differences that docs/batch.md lists. A pure function of its
 * arguments. Throws a TemplateError.
 */
export function renderTemplate(template: string, context: TemplateContext): string {
  return renderStatements(parseTemplate(template), templateVariables(context));
}

/** Airflow's variables of a run. Dates are in UTC unless the schedule says otherwise. */
export function templateVariables(context: TemplateContext): ReadonlyMap<string, Value> {
  const { schedule, interval, address, params } = context;
  const zone = schedule.templateTimezone;
  const date = (instant: Instant | number) =>
    new TemplateDate(BigInt(typeof instant === 'number' ? instant : millisOf(instant)) * 1000n, zone);
  const startMillis = millisOf(interval.start) - (context.overlapMinutes ?? 0) * minutes;
  const start = date(startMillis);
  const end = date(interval.end);
  // An interval by hand of an export without schedule has no neighbours.
  const previous = date(ticksOf(schedule).previous(millisOf(interval.start)) ?? interval.start);
  const day = 86_400_000_000n;
  const variables: [string, Value][] = [
    ['execution_date', start],
    ['logical_date', start],
    ['data_interval_start', start],
    ['data_interval_end', end],
    ['next_execution_date', end],
    ['prev_execution_date', previous],
    ...days('ds', start),
    ...days('next_ds', end),
    ...days('prev_ds', previous),
    ...days('yesterday_ds', start.plus(-day)),
    ...days('tomorrow_ds', start.plus(day)),
    ['ts', isoText(start)],
    ['ts_nodash', strftime(start, '%Y%m%dT%H%M%S')],
    ['ts_nodash_with_tz', strftime(start, '%Y%m%dT%H%M%S%z')],
    ['run_id', `${address}/${interval.start}`],
    ['params', new Map(Object.entries(params).map(([name, value]) => [name, parameter(value)]))],
    ['macros', macros],
  ];
  return new Map(variables);
}

const days = (name: string, date: TemplateDate): [string, Value][] => [
  [name, strftime(date, '%Y-%m-%d')],
  [`${name}_nodash`, strftime(date, '%Y%m%d')],
];

const parameter = (value: string | number | boolean): Value =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;

/**
 * Everything that is wrong with a template: what does not exist in any of its branches, or else the first thing that keeps
 * it from being rendered in one of the contexts.
 */
export function templateErrors(template: string, contexts: readonly TemplateContext[]): TemplateError[] {
  try {
    const statements = parseTemplate(template);
    const rendered = contexts.map(templateVariables);
    const errors = checkStatements(
      statements,
      rendered.flatMap(variables => [...variables.keys()]),
    );
    if (errors.length > 0) return errors;
    for (const variables of rendered) renderStatements(statements, variables);
    return [];
  } catch (error) {
    if (error instanceof TemplateError) return [error];
    throw error;
  }
}
