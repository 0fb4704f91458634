import { numeric } from '../schema/avro-schema.ts';
import { OutOfRange } from './out-of-range.ts';

const wholeDigits = numeric.precision - numeric.scale;

/**
 * A number in decimal notation, such as `-12.50`, as NUMERIC holds it: exactly, without needless zeros. Throws OutOfRange
 * for any other text and for one with more than 29 digits before the point or 9 after it, needless zeros not counted.
 */
export function decimalOfText(text: string): string {
  const [, sign = '', whole, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) throw new OutOfRange('a text that is no number in decimal notation');
  const before = whole.replace(/^0+(?=\d)/, '');
  const after = fraction.replace(/0+$/, '');
  if (before.length > wholeDigits || after.length > numeric.scale) {
    throw new OutOfRange(`a number of more than ${wholeDigits} digits before the point or ${numeric.scale} after it`);
  }
  const number = after === '' ? before : `${before}.${after}`;
  return sign === '-' && number !== '0' ? `-${number}` : number;
}
