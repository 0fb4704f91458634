/** A condition on one label: the value that it must have, or what `anyOf` and `noneOf` make. */
export type Matchers = Readonly<Record<string, string>>;

/**
 * A selector of PromQL for a metric of Cloud Monitoring, under the name that it has there
 * (https://cloud.google.com/monitoring/promql/promql-mapping). Conditions are written in PromQL because it says with one
 * expression what relates several metrics, and because they may name a metric that nobody has written yet.
 * @param part `sum`, `count` or `bucket` of a distribution
 */
export function series(
  metric: string,
  resource: string,
  matchers: Matchers = {},
  part?: 'sum' | 'count' | 'bucket',
): string {
  const name = metric.replace('/', ':').replaceAll(/[^A-Za-z0-9:]/g, '_');
  const all = Object.entries({ monitored_resource: resource, ...matchers }).map(([label, value]) => {
    const [, operator = '', text] = /^([~!]?)(.*)$/s.exec(value) ?? [];
    return `${label}${operators[operator]}"${text}"`;
  });
  return `${name}${part === undefined ? '' : `_${part}`}{${all.join(',')}}`;
}

const operators: Readonly<Record<string, string>> = { '': '=', '~': '=~', '!': '!~' };

/** The value that matches one of the patterns as a whole. */
export const anyOf = (...patterns: readonly string[]): string => `~${patterns.join('|')}`;

/** The value that matches none of the patterns as a whole. */
export const noneOf = (...patterns: readonly string[]): string => `!${patterns.join('|')}`;
