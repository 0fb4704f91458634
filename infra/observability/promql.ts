/** A condition on one label, such as `stage="hub-to-warehouse"`, or with `~` before the value for a pattern. */
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
  const all = Object.entries({ monitored_resource: resource, ...matchers }).map(([label, value]) =>
    value.startsWith('~') ? `${label}=~"${value.slice(1)}"` : `${label}="${value}"`,
  );
  return `${name}${part === undefined ? '' : `_${part}`}{${all.join(',')}}`;
}

/** The value that matches each of the patterns as a whole. */
export const anyOf = (...patterns: readonly string[]): string => `~${patterns.join('|')}`;
