import type { Complaints, Located } from '../errors.ts';
import type { ScalarName } from '../sql-type.ts';
import { type DatePart, microseconds, microsecondsOfDay } from './date-part.ts';
import { truncatedCivil } from './trunc.ts';

/**
 * `end - start` in a part. TIMESTAMPs are apart by whole units; DATEs, DATETIMEs and TIMEs by the boundaries between
 * them. https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#date_diff and its like
 */
export function differenceSql(
  complain: Complaints,
  kind: ScalarName,
  end: string,
  start: string,
  part: DatePart,
  node: Located,
): string {
  const unit = microseconds[part.name] ?? (part.name === 'DAY' ? microsecondsOfDay : undefined);
  const refuse = () => complain.invalid(node, `A ${kind} difference does not support the ${part.name} date part`);
  if (kind === 'TIMESTAMP') {
    return unit === undefined ? refuse() : `((epoch_us(${end}) - epoch_us(${start})) // ${unit})`;
  }
  const timePart = part.name in microseconds;
  if (timePart ? kind === 'DATE' : kind === 'TIME') return refuse();
  switch (part.name) {
    case 'WEEK':
    case 'ISOWEEK': {
      const [from, to] = [start, end].map(side => truncatedCivil(side, part));
      return `(datediff('day', ${from ?? ''}, ${to ?? ''}) // 7)`;
    }
    case 'ISOYEAR':
      return `(isoyear(${end}) - isoyear(${start}))`;
    case 'DAYOFWEEK':
    case 'DAYOFYEAR':
    case 'DATE':
    case 'TIME':
    case 'DATETIME':
      return refuse();
    default:
      return `datediff('${part.name.toLowerCase()}', ${start}, ${end})`;
  }
}
