import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import type { Convert } from './values.ts';

/**
 * An array as PostgreSQL sends it: the number of its dimensions, whether it has NULLs, the elements' type, length and
 * lower bound of each dimension, then the elements with their lengths. See `array_send` in PostgreSQL's source.
 */
export function arrayConverter(writer: ColumnWriter, element: Convert): Convert {
  return (bytes, start) => {
    const dimensions = bytes.readInt32BE(start);
    let at = start + 12;
    let count = dimensions === 0 ? 0 : 1;
    for (let i = 0; i < dimensions; i += 1) {
      count *= bytes.readInt32BE(at);
      at += 8;
    }
    // What has more dimensions would lose them: counted, or refused.
    if (dimensions > 1) writer.losses.take('nested-array');
    else {
      for (let i = 0; i < count; i += 1) {
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) writer.nullElement();
        else {
          element(bytes, at, at + length);
          at += length;
        }
      }
    }
    writer.endArray();
  };
}
