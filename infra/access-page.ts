import { buckets, secrets, topics } from '../functions/core/names.ts';
import { stageIds, wiring } from '../functions/core/wiring.ts';
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
    '## Others',
    table(
      ['who', 'on', 'may', 'why'],
      Object.values(grants).map(grant => [grant.who, grant.on, roleOf(grant), grant.reason]),
    ),
    outsiders,
  ].join('\n\n')}\n`;
}

const introduction = `# Access

Who may do what, and why. Each grant is on one resource, for one member; none is on a whole project, and none opens anything
to the public.

This page is generated from \`infra/grants.ts\`, which alone makes grants; \`test/docs/access.test.ts\` fails when the two differ,
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

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
