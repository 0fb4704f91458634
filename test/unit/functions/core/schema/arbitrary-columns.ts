import fc from 'fast-check';
import type { Column, ColumnType } from '../../../../../functions/core/schema/column.ts';

const types = ['INTEGER', 'STRING', 'TIMESTAMP'] as const satisfies readonly ColumnType[];
const names = ['a', 'b', 'c', 'd', 'a_2', 'a_3', 'B_2'];

export const scalar = (name: string, fieldNumber: number, type: ColumnType = 'STRING'): Column => ({
  name,
  type,
  mode: 'NULLABLE',
  conversion: 'string',
  fieldNumber,
});
export const repeated = (column: Column): Column => ({ ...column, mode: 'REPEATED' });
export const record = (name: string, fieldNumber: number, fields: readonly Column[]): Column => ({
  ...scalar(name, fieldNumber, 'RECORD'),
  conversion: 'record',
  fields,
});
export const map = (name: string, fieldNumber: number, value: Column): Column => ({
  ...scalar(name, fieldNumber, 'RECORD'),
  mode: 'REPEATED',
  conversion: 'map',
  fields: [scalar('key', 1), { ...value, name: 'value', fieldNumber: 2 }],
});

/** Columns of few names and numbers, so that any two of these trees share, swap and reuse many. */
export const arbitraryColumns = (depth = 2): fc.Arbitrary<Column[]> =>
  fc
    .record({
      numbers: fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 }),
      names: fc.shuffledSubarray(names, { minLength: 5 }),
      shapes: fc.array(arbitraryShape(depth), { minLength: 5, maxLength: 5 }),
    })
    .map(({ numbers, names, shapes }) =>
      numbers
        .map((number, index) => shapes[index]?.(names[index] ?? '', number))
        .filter(column => column !== undefined)
        .sort((a, b) => (a.fieldNumber ?? 0) - (b.fieldNumber ?? 0)),
    );

type Shape = (name: string, fieldNumber: number) => Column;

function arbitraryShape(depth: number): fc.Arbitrary<Shape> {
  const plain = fc.constantFrom(...types).map(
    (type): Shape =>
      (name, number) =>
        scalar(name, number, type),
  );
  const single = depth === 0 ? plain : fc.oneof({ weight: 3, arbitrary: plain }, recordShape(depth));
  return fc.oneof(
    { weight: 4, arbitrary: single },
    single.map(
      (shape): Shape =>
        (name, number) =>
          repeated(shape(name, number)),
    ),
    single.map(
      (shape): Shape =>
        (name, number) =>
          map(name, number, shape('value', 2)),
    ),
  );
}

const recordShape = (depth: number): fc.Arbitrary<Shape> =>
  arbitraryColumns(depth - 1).map(
    (fields): Shape =>
      (name, number) =>
        record(name, number, fields),
  );
