import { batchStageIds, batchWiring, calledIds, consoleId } from '../functions/core/batch/batch-wiring.ts';
import { batchBuckets, buckets, secrets, tasksAccount, topics } from '../functions/core/names.ts';
import { stageIds, wiring } from '../functions/core/wiring.ts';
import { type BatchGrant, batchGrants, otherBatchGrants } from './batch/batch-grants.ts';
import { type Grant, grants, type StageGrant, stageGrants } from './grants.ts';

/** The page docs/access.md: who may do what, and why, as `infra/grants.ts` has it. */
export function accessPage(): string {
  return `${[
    introduction,
    '## Stages',
    'Every stage runs as an account of its own, `<stage>@<project>.iam.gserviceaccount.com`, which has these grants and no others.',
    ...stageIds.flatMap(id => [
      `### ${id}`,
      `${wiring[id].description.replace(/^./, first => first.toUpperCase())}.`,
      table(
        ['on', 'may', 'why'],
        stageGrants[id].map(grant => [placeOf(grant), roleOf(grant), grant.reason]),
      ),
    ]),
    '## Exports',
    'These accounts are there when a service has exports. That of `export` is `export-<service>` of the service’s project, one for each service; those of `load` and `alert` are called `onramp-load` and `onramp-alert`, since names of accounts have six letters at least.',
    ...batchFunctionIds.flatMap(id => [
      `### ${id}`,
      `${batchWiring(id).description.replace(/^./, first => first.toUpperCase())}.`,
      table(
        ['on', 'may', 'why'],
        batchGrants[id].map(grant => [placeOfBatch(grant), roleOf(grant), grant.reason]),
      ),
    ]),
    '## Others',
    table(
      ['who', 'on', 'may', 'why'],
      [...Object.values(grants), ...Object.values(otherBatchGrants)].map(grant => [
        grant.who,
        grant.on,
        roleOf(grant),
        grant.reason,
      ]),
    ),
    outsiders,
  ].join('\n\n')}\n`;
}

const batchFunctionIds = [...calledIds, ...batchStageIds, consoleId] as const;

const introduction = `# Access

Who may do what, and why. Each grant is on one resource, for one member, and none opens anything to the public. Only what
Google has no smaller place for is granted on a project: to run jobs of BigQuery, and to read a Cloud SQL instance or a
Datastore, which a condition narrows where it can.

This page is generated from \`infra/grants.ts\` and \`infra/batch/batch-grants.ts\`; the first alone makes grants. \`test/docs/access.test.ts\` fails when they differ,
and writes the page anew with \`UPDATE_GOLDEN=1\`. The [local cloud](../local/iam/README.md) holds every function to these grants, and
\`test/e2e/iam-proof.test.ts\` proves on it that they suffice for every flow, and that without any one of them a flow fails.`;

const outsiders = `\`publishers\`, \`readers\`, \`lake_readers\` and \`raw_readers\` are those of a [service.yaml](configuration.md#services-and-ramps). A reader pays for its queries: it
needs the right to run jobs (\`roles/bigquery.jobUser\`) in a project of its own, which Onramp does not give.`;

const service = (role: Grant['role']) => role.slice('roles/'.length).replace(/\..*$/, '');

/** Linked to the list of its permissions. */
function roleOf({ role }: Grant): string {
  const name = role.slice('roles/'.length);
  return `[${name}](https://cloud.google.com/iam/docs/roles-permissions/${service(role)}#${name})`;
}

function placeOf({ on }: StageGrant): string {
  if ('topic' in on) return `topic \`${topics[on.topic]}\``;
  if ('folder' in on) return `folder \`${on.folder}/\` of the bucket \`${buckets.deadLetter('<project>')}\``;
  if ('bucket' in on) return `bucket \`${buckets[on.bucket]('<project>')}\``;
  if ('ramps' in on) return 'topic `ramp-<service>-<ramp>` of every ramp that takes logs';
  if ('secret' in on) return `secret \`${secrets[on.secret]}\``;
  if (on.datasets === 'tagged') return 'dataset of every service that has a column with a policy tag';
  return on.datasets === 'onramp' ? 'dataset `onramp`' : 'dataset of every service that has a schema';
}

function placeOfBatch({ on }: BatchGrant): string {
  if ('topic' in on) return `topic \`${topics.batchEvents}\``;
  if ('bucket' in on) {
    return `bucket \`${on.bucket === 'exports' ? batchBuckets.exports('<project>') : buckets.registry('<project>')}\``;
  }
  if ('state' in on) return `folder \`${on.state}\` of the bucket \`${batchBuckets.state('<project>')}\``;
  if ('folders' in on) {
    if (on.folders === 'ownRuns')
      return `folder \`runs/<service>/\` of the bucket \`${batchBuckets.state('<project>')}\``;
    return `folder \`export=<service>.<export>/\` of each of its exports, in the bucket \`${batchBuckets.exports('<project>')}\``;
  }
  if ('queues' in on) return 'queue `pool-<pool>` of every pool';
  if ('datasets' in on) {
    const loaded = 'every dataset that an export is loaded into';
    return on.datasets === 'tagged' ? `${loaded} with a column that has a policy tag` : loaded;
  }
  if ('account' in on) return `account \`${tasksAccount}\``;
  if ('project' in on) return 'the platform’s project';
  if ('secrets' in on) return 'each secret that its connections and masks name';
  return databasePlaces[on.databases];
}

type Databases = Extract<BatchGrant['on'], { readonly databases: unknown }>['databases'];

const databasePlaces: Readonly<Record<Databases, string>> = {
  cloudSql: 'the project of its Cloud SQL instance, on the condition that it is that instance',
  cloudSqlIam: 'the same, when it logs in by IAM',
  spanner: 'its Spanner database',
  spannerDataBoost: 'its Spanner database, when it is read with Data Boost',
  datastore: 'the project of its Datastore',
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
