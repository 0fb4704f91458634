import { attribute } from '../functions/core/envelope.ts';
import { parseRampAddress, topics } from '../functions/core/names.ts';
import type { Ramp } from '../infra/config/service.ts';
import type { CompiledSchemas } from '../infra/schemas.ts';
import { connect } from '../local/clients.ts';
import type { Locator } from '../local/locator.ts';
import type { Input } from './input.ts';
import { encodeLines, type LineProblem, linesOf, reportOf } from './json-lines.ts';
import { UsageError } from './problems.ts';

/**
 * The payloads that inputs are: each input as it is when `raw`, else every line of it encoded with the ramp's schema, whose
 * version the attributes name: it need not be the one that is current. Instead of payloads there is a report when any line
 * is wrong. Throws a UsageError when a schema is needed but absent.
 */
export function payloadsOf(
  { ramp, schemas }: { readonly ramp: Ramp; readonly schemas: CompiledSchemas },
  inputs: readonly Input[],
  raw: boolean,
): {
  readonly payloads: readonly Uint8Array[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly report?: string;
} {
  if (raw) return { payloads: inputs.map(({ content }) => content), attributes: {} };
  const compiled = ramp.schema === undefined ? undefined : schemas.get(ramp.schema);
  if (compiled === undefined) {
    throw new UsageError(
      `the ramp ${ramp.address} has no schema, so that there is no JSON form of its messages`,
      'Publish bytes as they are with --raw.',
    );
  }
  const problems: LineProblem[] = [];
  const payloads: Uint8Array[] = [];
  for (const { file, content } of inputs) {
    const read = linesOf(file, content);
    const encoded = encodeLines(compiled.schema.message, read.lines);
    payloads.push(...encoded.payloads);
    problems.push(...[...read.problems, ...encoded.problems].sort((a, b) => a.line - b.line));
  }
  const { name, version } = compiled.schema;
  const attributes = { [attribute.schema]: name, [attribute.schemaVersion]: version };
  return problems.length === 0 ? { payloads, attributes } : { payloads: [], attributes, report: reportOf(problems) };
}

/**
 * Publishes the payloads in their order, on the ramp's topic or another one of it. Answers with the ids of those that were published, and the first failure. With
 * an ordering key, nothing follows a message that failed.
 */
export async function publish(
  locator: Locator,
  ramp: string,
  payloads: readonly Uint8Array[],
  attributes: Readonly<Record<string, string>>,
  orderingKey: string | undefined,
  topicOf: (service: string, ramp: string) => string = topics.ramp,
): Promise<{ ids: string[]; failure?: Error }> {
  const { service = '', ramp: name = '' } = parseRampAddress(ramp) ?? {};
  const clients = connect(locator);
  try {
    const topic = clients.pubsub.topic(topicOf(service, name), { messageOrdering: orderingKey !== undefined });
    const results = await Promise.allSettled(
      payloads.map(data =>
        topic.publishMessage({
          data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
          attributes: { ...attributes },
          ...(orderingKey !== undefined && { orderingKey }),
        }),
      ),
    );
    const ids = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find(result => result.status === 'rejected');
    return failed === undefined
      ? { ids }
      : { ids, failure: failureOf(failed.reason, ramp, results.length - ids.length, results.length) };
  } finally {
    await clients.close();
  }
}

const notFound = 5;

function failureOf(error: unknown, ramp: string, failed: number, all: number): Error {
  const { code, message } = error as Error & { code?: number };
  if (code === notFound) {
    return new UsageError(
      `the running local cloud does not have the ramp ${ramp}`,
      'Start it again: it has the ramps that were configured when it started.',
    );
  }
  return new Error(`${failed} of ${all} messages were not published: ${message}`, { cause: error });
}
