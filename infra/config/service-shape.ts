import { z } from 'zod';
import { findingsOfIssue } from './shape-findings.ts';
import type { Finding, Path } from './yaml-file.ts';

/**
 * The shape of `services/<service>/service.yaml`. Each message is what its reader should write there: what is wrong is
 * worked out from the issue itself.
 */
const members = (who: string) =>
  z.array(z.string({ error: 'write a member such as group:analysts@example.com' }), {
    error: `write a list of ${who}, such as [group:analysts@example.com]`,
  });

const warehouseShape = {
  partition_by: z.string({ error: 'write the name of a TIMESTAMP column' }),
  cluster_by: z.array(z.string({ error: 'write the name of a column' }), {
    error: 'write a list of up to 4 columns, such as [user_id]',
  }),
  expiration_days: z.int({ error: 'write a whole number of days, from 1' }).min(1),
};

const logsShape = {
  // https://cloud.google.com/logging/quotas#log-limits: the length of a sink's filter
  filter: z
    .string({ error: 'write a filter of Cloud Logging, such as resource.labels.container_name="web"' })
    .min(1, { error: 'write a filter of Cloud Logging; an empty one would take every entry of the project' })
    .max(20_000, { error: 'write a filter of at most 20,000 characters' }),
  payload: z.enum(['json', 'base64'], { error: 'write json or base64' }).optional(),
  field: z
    .string({ error: 'write the name of a field of jsonPayload' })
    .min(1, { error: 'write the name of a field' })
    .optional(),
};

const rampShape = {
  description: z.string({ error: 'write what the events are, in one sentence' }),
  schema: z.string({ error: 'write the full name of a message in proto/, such as acme.payment.v1.PaymentEvent' }),
  warehouse: z
    .strictObject(warehouseShape, { error: 'write a mapping, such as { partition_by: occurred_at }' })
    .partial(),
  publishers: members('who may publish on this ramp'),
  logs: z.strictObject(logsShape, { error: 'write a mapping, such as { filter: resource.type="k8s_container" }' }),
};

const serviceShape = {
  version: z.literal(1, { error: 'write version: 1' }),
  owner: z.email({ error: 'write the e-mail address of the team, such as payment-team@example.com' }),
  project: z.string({ error: 'write the id of the service’s own project' }).optional(),
  publishers: members('who may publish on every ramp').optional(),
  readers: members('who may query the dataset').optional(),
  lake_readers: members('who may read the service’s files of the structured lake').optional(),
  raw_readers: members('who may read the service’s files of the raw lake').optional(),
  ramps: z.record(
    z.string(),
    // A ramp that is written as a key alone has no settings.
    z.preprocess(value => value ?? {}, z.strictObject(rampShape, { error: 'write a mapping, or {}' }).partial()),
    { error: 'write a mapping of ramps, such as { payment-event: { schema: acme.payment.v1.PaymentEvent } }' },
  ),
};

const serviceYaml = z.strictObject(serviceShape, { error: 'write a mapping with version, owner and ramps' });

export type ServiceYaml = z.output<typeof serviceYaml>;

/** Checks the outline of one file; what names refer to is checked elsewhere. */
export function parseServiceYaml(value: unknown): { readonly service?: ServiceYaml; readonly findings: Finding[] } {
  const result = serviceYaml.safeParse(value, { reportInput: true });
  return result.success
    ? { service: result.data, findings: [] }
    : { findings: result.error.issues.flatMap(issue => findingsOfIssue(issue, keysAt)) };
}

/** The keys that may stand at a path. */
function keysAt(path: Path): string[] {
  const inRamp = path.at(-1) === 'logs' ? logsShape : warehouseShape;
  return Object.keys(path.length === 0 ? serviceShape : path.length === 2 ? rampShape : inRamp);
}
