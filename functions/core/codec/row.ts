/**
 * The values of a record, one for each of its columns and in their order, independent of how they are written:
 *
 * - INTEGER, and TIMESTAMP in microseconds since 1970: `bigint`
 * - DATE in days since 1970: `number`
 * - FLOAT: `number`; BOOLEAN: `boolean`; BYTES: `Uint8Array`
 * - NUMERIC in decimal notation, STRING, and JSON as text: `string`
 * - RECORD: a `Row`
 * - REPEATED: an array of these
 * - NULL: `null`, never inside of a REPEATED column
 */
export type Row = readonly Value[];

export type Value = null | bigint | number | boolean | string | Uint8Array | readonly Value[];
