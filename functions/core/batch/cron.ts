import { Cron } from 'croner';

/** Airflow's presets. */
export const presets: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@quarterly', '0 0 1 */3 *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

export const once = '@once';

/** A schedule that never falls due: its export runs by hand only. */
export const none = 'none';

interface Field {
  readonly name: string;
  readonly range: string;
  readonly pattern: RegExp;
  /** The field in a cron whose other fields are all `*`. */
  readonly alone: (field: string) => string;
}

// What Airflow's croniter takes too, and no more: croner alone would also take seconds, years, W and others.
const numeric = /^[\d*,/-]+$/;

const fields: readonly Field[] = [
  { name: 'minute', range: '0 to 59', pattern: numeric, alone: field => `${field} * * * *` },
  { name: 'hour', range: '0 to 23', pattern: numeric, alone: field => `* ${field} * * *` },
  {
    name: 'day of the month',
    range: '1 to 31, or L for the last',
    pattern: /^(?:[\d*,/-]+|L)$/i,
    alone: field => `* * ${field} * *`,
  },
  { name: 'month', range: '1 to 12 or jan to dec', pattern: /^[\da-z*,/-]+$/i, alone: field => `* * * ${field} *` },
  {
    name: 'day of the week',
    range: '0 to 7 or sun to sat, of which 0 and 7 are Sunday; 1#2 is the second Monday',
    pattern: /^[\da-z*,/#-]+$/i,
    alone: field => `* * * * ${field}`,
  },
];

/** Presets written out; what is no preset is given back with single blanks. */
export const normaliseCron = (text: string): string => {
  const trimmed = text.trim().replaceAll(/\s+/g, ' ');
  const lower = trimmed.toLowerCase();
  return presets.get(lower) ?? (lower === none || lower === once ? lower : trimmed);
};

/** Everything that is wrong with a schedule, field by field; empty when it is right. */
export function cronProblems(text: string): { readonly what: string; readonly mend: string }[] {
  const cron = normaliseCron(text);
  if (cron === once || cron === none) return [];
  const presetNames = [...presets.keys(), once, none].join(', ');
  if (cron.startsWith('@')) return [{ what: `there is no preset "${cron}"`, mend: `the presets are ${presetNames}` }];
  const written = cron.split(' ');
  if (written.length !== fields.length) {
    return [
      {
        what: `the cron "${cron}" has ${written.length} field${written.length === 1 ? '' : 's'}`,
        mend: `write five: ${fields.map(({ name, range }) => `${name} (${range})`).join(', ')}; or one of ${presetNames}`,
      },
    ];
  }
  const wrong = fields.flatMap((field, index) => {
    const value = written[index] ?? '';
    return field.pattern.test(value) && parses(field.alone(value))
      ? []
      : [
          {
            what: `field ${index + 1} of the cron, the ${field.name}, is "${value}"`,
            mend: `write ${field.range}; lists (1,2), ranges (1-5) and steps (*/15) of them, or *`,
          },
        ];
  });
  if (wrong.length > 0) return wrong;
  if (patternOf(cron).nextRun('2000-01-01T00:00:00Z')) return [];
  return [{ what: `the cron "${cron}" never falls due`, mend: 'name a day that the month has' }];
}

const parses = (cron: string): boolean => {
  try {
    patternOf(cron);
    return true;
  } catch {
    return false;
  }
};

const patterns = new Map<string, Cron>();

/** A day of the month and a day of the week are alternatives, as in every cron but croner's strict mode. */
function patternOf(cron: string): Cron {
  let pattern = patterns.get(cron);
  if (pattern === undefined) {
    pattern = new Cron(cron, { timezone: 'UTC', mode: '5-part', paused: true });
    patterns.set(cron, pattern);
  }
  return pattern;
}

/**
 * The times at which a cron falls due on a clock that is never put back or forth, in milliseconds as if the clock were
 * UTC's. Time zones are put upon it by `schedule.ts`.
 */
export interface CronTimes {
  /** The first after a time; undefined when there is none. */
  readonly next: (after: number) => number | undefined;
  /** The last before a time. */
  readonly previous: (before: number) => number | undefined;
  /** Whether it falls due in every hour of the day. */
  readonly hourly: boolean;
}

const known = new Map<string, CronTimes>();

/** Throws when the cron is wrong; `cronProblems` says why. */
export function cronTimes(cron: string): CronTimes {
  let times = known.get(cron);
  if (times === undefined) {
    const pattern = patternOf(cron);
    const hours = new Cron(`0 ${cron.split(' ')[1] ?? '*'} * * *`, { timezone: 'UTC', paused: true });
    const ofOneDay = new Set(hours.nextRuns(24, '2000-01-01T00:00:00Z').map(date => date.getUTCHours()));
    times = {
      next: after => pattern.nextRun(new Date(after))?.getTime(),
      previous: before => pattern.previousRuns(1, new Date(before))[0]?.getTime(),
      hourly: ofOneDay.size === 24,
    };
    known.set(cron, times);
  }
  return times;
}
