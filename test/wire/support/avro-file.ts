import { finished } from 'node:stream/promises';
import avro from 'avsc';

/** An Avro container file of these records, written by another library than ours. */
export async function avroFile(schema: object, records: readonly object[]): Promise<Buffer> {
  // Of a schema, not of avsc’s type of it, which knows no logical types.
  const encoder = new avro.streams.BlockEncoder(schema as avro.Schema, {
    codec: 'null',
    // A file without records has a header, too.
    writeHeader: true,
  });
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const record of records) encoder.write(record);
  encoder.end();
  await finished(encoder);
  return Buffer.concat(chunks);
}
