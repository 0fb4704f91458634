import { credentials } from '@grpc/grpc-js';
import type { Inventory } from '../infra/render.ts';
import type { Clock } from './clock.ts';
import type { AccessControl } from './iam/access-control.ts';
import { serviceAgent } from './iam/service-agent.ts';
import type { TokenSigner } from './iam/tokens.ts';
import { declared } from './provision/declared.ts';
import type { Caller } from './stand-in.ts';
import { startTasks, type Tasks } from './tasks/tasks.ts';

export interface QueuesOptions {
  readonly folder: string;
  readonly inventory: Inventory;
  readonly access: AccessControl;
  readonly tokens: TokenSigner;
  readonly clock: Clock;
}

/** The stand-in for Cloud Tasks, with what it takes to make the declared queues. */
export interface Queues extends Tasks {
  /** Makes the declared queues, by the operator's port. */
  provision(port: number): Promise<void>;
}

/** Undefined when no queue is declared. */
export function startQueues(
  { folder, inventory, access, tokens, clock }: QueuesOptions,
  started: (() => Promise<void> | void)[],
): Queues | undefined {
  if (declared(inventory, 'gcp:cloudtasks/queue:Queue').length === 0) return undefined;
  const agent = serviceAgent(inventory, 'cloudtasks');
  const tasks = startTasks({ folder, authorize: access.authorize, signToken: signsAs(agent, access, tokens), clock });
  started.push(() => tasks.close());
  return {
    ...tasks,
    async provision(port) {
      const [{ CloudTasksClient }, { provisionTasks }] = await Promise.all([
        import('@google-cloud/tasks'),
        import('./provision/tasks.ts'),
      ]);
      const client = new CloudTasksClient({
        servicePath: '127.0.0.1',
        port,
        sslCreds: credentials.createInsecure(),
        projectId: 'local',
      });
      try {
        await provisionTasks(inventory, client);
      } finally {
        await client.close();
      }
    },
  };
}

/** Signs tokens of accounts as which a service's agent may sign; undefined for others. */
export const signsAs =
  (agent: Caller, access: AccessControl, tokens: TokenSigner) =>
  ({ email, audience }: { readonly email: string; readonly audience: string }): string | undefined => {
    const project = /@([^.]+)\./.exec(email)?.[1] ?? '-';
    const account = `projects/${project}/serviceAccounts/${email}`;
    return access.authorize(agent, 'iam.serviceAccounts.getOpenIdToken', account)
      ? tokens.sign({ email, audience })
      : undefined;
  };
