/**
 * Payload to Avro record and to BigQuery row, against the obvious way in the same run: the protobuf runtime's own JSON,
 * as BigQuery's other interface would take it. Usage: node test/bench/codec.ts [seconds per measurement]
 */
import { fromBinary, toJsonString } from '@bufbuild/protobuf';
import { avroEncoder } from '../../functions/core/codec/avro-record.ts';
import { checkPayload } from '../../functions/core/codec/check-payload.ts';
import { readPayload } from '../../functions/core/codec/decode.ts';
import { metadataRow } from '../../functions/core/codec/metadata-row.ts';
import { rowEncoder } from '../../functions/core/codec/row-proto.ts';
import type { Event } from '../../functions/core/envelope.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { demoEvents } from '../../local/demo/publisher.ts';
import { ramp } from '../../local/demo/quakes.ts';
import { repository } from '../support/local-cloud.ts';

const seconds = Number(process.argv[2] ?? 2);
const schema = compileSchemas(repository).schemas!.get('quakes.v1.Quake')!.schema;
const payloads = demoEvents(repository)
  .filter(event => event.ramp === ramp)
  .take(1000)
  .map(event => event.payload)
  .toArray();

const event: Event = {
  ramp,
  eventId: `${ramp}/1`,
  publishTime: '2026-01-01T00:00:00.123Z',
  schema: schema.name,
  schemaVersion: schema.version,
  sha256: '0'.repeat(64),
  orderingKey: '',
  attributes: {},
  payload: new Uint8Array(0),
};
const now = new Date();
const avro = avroEncoder(schema);
const rows = rowEncoder(schema);
const ways: Readonly<Record<string, (payload: Uint8Array) => unknown>> = {
  'obvious: to JSON text': payload => toJsonString(schema.message, fromBinary(schema.message, payload)),
  'check the payload': payload => checkPayload(schema.message, payload),
  'decode it, checked': payload => readPayload(schema, payload).row,
  'to an Avro record': payload => avro.encode([...metadataRow(event, now), ...readPayload(schema, payload).row]),
  'to a BigQuery row': payload => rows.encode([...metadataRow(event, now), ...readPayload(schema, payload).row]),
};

const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0) / payloads.length;
console.log(`quakes.v1.Quake, ${bytes.toFixed(0)} bytes on average, records per CPU-second`);
for (const [name, convert] of Object.entries(ways)) {
  for (const payload of payloads) convert(payload);
  const from = process.cpuUsage();
  const until = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < until) {
    for (const payload of payloads) convert(payload);
    count += payloads.length;
  }
  const { user, system } = process.cpuUsage(from);
  console.log(`  ${name.padEnd(22)} ${Math.round(count / ((user + system) / 1e6)).toLocaleString('en')}`);
}
