import { invalid } from '../errors.ts';
import type { TimestampFormat } from '../values/cell.ts';

/** How TIMESTAMPs are printed: as seconds with a fraction unless something else is asked for. */
export function timestampFormat(useInt64Timestamp: unknown, outputFormat: unknown): TimestampFormat {
  const wantsInt64 = useInt64Timestamp === true || useInt64Timestamp === 'true';
  switch (outputFormat) {
    case undefined:
    case null:
    case '':
    case 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED':
      return wantsInt64 ? 'INT64' : 'FLOAT64';
    case 'FLOAT64':
    case 'INT64':
    case 'ISO8601_STRING':
      if (wantsInt64 && outputFormat !== 'INT64')
        throw invalid('useInt64Timestamp and timestampOutputFormat exclude each other.');
      return outputFormat;
    default:
      throw invalid(`Invalid value for timestampOutputFormat: ${String(outputFormat)}`, 'formatOptions');
  }
}
