import { ColumnChecksum } from '../core/batch/column-checksum.ts';
import { ColumnWriter } from '../core/batch/column-writer.ts';

/**
 * Writers of a RECORD's fields, into the block of the record's own. What they lose is counted with the record's column;
 * their values are not added up.
 */
export const nestedWriters = ({ column, block, losses }: ColumnWriter): ColumnWriter[] =>
  (column.fields ?? []).map(field => new ColumnWriter(field, block, { checksum: new ColumnChecksum(), losses }));
