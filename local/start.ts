import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OnrampError } from '../functions/core/errors.ts';
import type { Publication } from '../infra/publish/publish-schemas.ts';
import type { Inventory } from '../infra/render.ts';
import { createAlerts } from './alerts.ts';
import { connect } from './clients.ts';
import { type Clock, systemClock } from './clock.ts';
import { openConsole, withOperator } from './console.ts';
import { type LocalDatabases, localExports } from './databases.ts';
import { lockFolder } from './folder-lock.ts';
import { declaredFunctions, functionNames } from './function-specs.ts';
import { type FunctionProcess, startFunction } from './functions/function-process.ts';
import { type AccessControl, createAccessControl } from './iam/access-control.ts';
import { logDenials } from './iam/denial-log.ts';
import { serviceAgent, storageAgent } from './iam/service-agent.ts';
import { createTokenSigner, type TokenSigner } from './iam/tokens.ts';
import { clientEnvironment, type Locator, removeLocator, writeLocator } from './locator.ts';
import { createMeter, type Meter } from './meter.ts';
import { rampsOf } from './metered-ramps.ts';
import { choosePorts } from './ports.ts';
import { provisionBigquery } from './provision/bigquery.ts';
import { provisionPubsub } from './provision/pubsub.ts';
import { provisionStorage } from './provision/storage.ts';
import { publishLocally } from './publish.ts';
import type { Pubsub } from './pubsub/pubsub.ts';
import { type Queues, startQueues } from './queues.ts';
import { startSchedules } from './schedules.ts';
import { createSecrets } from './secrets/secrets.ts';
import type { Caller } from './stand-in.ts';
import { openOperatorPorts, openPorts, startStandIns } from './stand-ins.ts';
import type { Status } from './status.ts';
import { startStatusServer } from './status-server.ts';
import { driveTime } from './time/drive-time.ts';
import { createDrivenClock } from './time/driven-clock.ts';
import type { LocalTime } from './time/local-time.ts';

export interface LocalOptions {
  /** Folder of the configuration: the one that holds `services/` and `proto/`. */
  readonly root: string;
  /** Folder of the data, which survives from one start to the next. */
  readonly folder: string;
  /** First port of the range; 0 takes any that are free. */
  readonly portBase: number;
  /** Its beginning makes sure that nothing meant for it ever reaches a real project. */
  readonly project?: `local-${string}`;
  /** How long a changed table stays as it was for those who write to it. */
  readonly schemaDelayMillis?: number;
  /** Settings of the stack other than its project, as text; all defaults without. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The databases of services that are there; exports from others are not made. */
  readonly databases?: LocalDatabases;
  /** When its time begins, which then runs on and can be put forward; without, it has the real time. */
  readonly clock?: Date;
}

/** The running pipeline: stand-ins with what the program declares, and its functions. */
export interface LocalCloud {
  readonly locator: Locator;
  readonly inventory: Inventory;
  /** What the start did to the schemas of the registry. */
  readonly published: readonly Publication[];
  readonly functions: readonly FunctionProcess[];
  readonly pubsub: Pubsub;
  /** The pools; undefined when nothing is exported. */
  readonly queues: Queues | undefined;
  /** Where a browser sees the console; undefined when nothing is exported. */
  readonly consoleUrl: string | undefined;
  /** Sends the request of a schedule now, as `gcloud scheduler jobs run` does. */
  runSchedule(name: string): Promise<void>;
  /** Its time; undefined when it is the real one. */
  readonly time: LocalTime | undefined;
  readonly meter: Meter;
  /** Who may do what: what the program declares. */
  readonly access: AccessControl;
  /** Signs push requests; who calls a function by hand needs a token of it. */
  readonly tokens: TokenSigner;
  /** Where somebody other than the person at this machine reaches the stand-ins: an account, or a group's address. */
  reachAs(caller: Caller): Promise<Locator>;
  /** Ends everything in order; every message is then either at rest or kept for the next start. */
  stop(): Promise<void>;
}

/** How long what is being pushed may take to be answered when the cloud is stopped. */
const pauseMillis = 10_000;

/** The folder with the functions' code. */
const repository = join(import.meta.dirname, '..');

/**
 * Renders the Pulumi program and makes what it declares, and nothing else, on this machine.
 * Rejects with an OnrampError or a ConfigurationError when it cannot, having stopped what it had started.
 */
export async function startLocal(options: LocalOptions): Promise<LocalCloud> {
  // What is started is stopped in the opposite order, at the end or as soon as something fails.
  const started: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return await start(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  {
    root,
    folder,
    portBase,
    project = 'local-onramp',
    schemaDelayMillis = 0,
    settings = {},
    databases = {},
    clock: beginning,
  }: LocalOptions,
  started: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<LocalCloud> {
  started.push(lockFolder(folder));
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const { readStack, renderDeclaration } = await import('../infra/render.ts');
  const configured = readStack({ root, project, settings: withOperator(settings) });
  const { exports, environments } = localExports(configured.exports, databases);
  const declaration = { ...configured, exports };
  const ports = await choosePorts(portBase, functionNames(exports));
  const driven = beginning && createDrivenClock(beginning.getTime());
  const clock: Clock = driven ?? systemClock;
  const now = () => new Date(clock.now());
  const locator: Locator = { pid: process.pid, project, ports, ...(driven && { driven: true }) };
  const inventory = await renderDeclaration(declaration, {
    functionUri: name => `http://127.0.0.1:${ports.functions[name] ?? 0}`,
  });

  const meter = createMeter(project, rampsOf(inventory));
  const access = createAccessControl(inventory);
  logDenials(access, join(logs, 'iam.log'), now);
  const tokens = createTokenSigner(() => clock.now());
  const agents = { pubsub: serviceAgent(inventory, 'pubsub'), storage: storageAgent(inventory) };
  const standIns = await startStandIns({ folder, schemaDelayMillis, meter, access, tokens, agents, clock }, started);
  const queues = startQueues({ folder: join(folder, 'tasks'), inventory, access, tokens, clock }, started);
  await openOperatorPorts({ ...standIns, queues }, ports);
  const reachAs = async (caller: Caller): Promise<Locator> => ({
    ...locator,
    ports: { ...ports, ...(await openPorts({ ...standIns, queues }, caller)) },
  });

  const secretManager = createSecrets({ folder: join(folder, 'secrets'), inventory, authorize: access.authorize });
  const functions = await Promise.all(
    declaredFunctions(inventory, ports).map(async ({ account, uri, service, secrets: variables, ...spec }) => {
      const environment = {
        ...spec.environment,
        ...environments[spec.name],
        ...clientEnvironment(await reachAs(account)),
      };
      const permission = 'run.routes.invoke';
      const invokers = {
        current: () => access.holders(permission, service),
        refused: (caller: Caller) => access.deny({ caller, permission, resource: service }),
      };
      const invocation = { audience: uri, keys: tokens.jwks };
      const secrets = () => secretManager.resolve(account, variables);
      const complete = {
        ...spec,
        environment,
        secrets,
        invocation,
        ...(driven && { clockOffset: () => driven.offset }),
      };
      return startFunction(complete, invokers, repository, logs);
    }),
  );
  access.onChanged(() => {
    for (const each of functions) each.updateInvokers();
  });
  started.push(async () => {
    // Messages may wait for minutes, as for a new column, and exports take as long: those are delivered, and their tasks
    // sent, again at the next start.
    await Promise.race([
      Promise.all([standIns.pubsub.pausePush(), queues?.pause()]),
      sleep(pauseMillis, undefined, { ref: false }),
    ]);
    await Promise.all(functions.map(each => each.stop()));
  });

  const clients = connect(locator);
  let published: readonly Publication[];
  try {
    await Promise.all([
      provisionPubsub(inventory, project, clients),
      provisionStorage(inventory, clients.storage),
      provisionBigquery(inventory, clients.bigquery),
      queues?.provision(ports.tasks),
    ]);
    published = await publishLocally(declaration, project, clients, now);
  } finally {
    await clients.close();
  }
  await Promise.all(
    functions.map(each =>
      each.ready().catch((error: unknown) => {
        throw new OnrampError('LOCAL_FUNCTION_FAILED', error instanceof Error ? error.message : String(error));
      }),
    ),
  );

  const { pubsub } = standIns;
  const consoleProxy = await openConsole(declaredFunctions(inventory, ports), ports, tokens);
  started.push(async () => consoleProxy?.close());
  const log = join(logs, 'scheduler.log');
  const schedules = startSchedules({ inventory, access, tokens, clock: driven?.aside ?? clock, log });
  started.push(() => schedules.stop());
  const time = driven && driveTime({ ...standIns, clock: driven, locator, queues, schedules, functions });
  started.push(async () => time?.close());
  const cloud: LocalCloud = {
    locator,
    inventory,
    published,
    functions,
    pubsub,
    queues,
    consoleUrl: consoleProxy?.url,
    runSchedule: name => schedules.run(name),
    time,
    meter,
    access,
    tokens,
    reachAs,
    stop,
  };
  started.push(await startStatusServer(() => statusOf(cloud), createAlerts(folder, now), time, ports.status));
  writeLocator(folder, locator);
  started.push(() => removeLocator(folder));
  pubsub.resumePush();
  queues?.resume();
  return cloud;
}

/** What the cloud is doing now. */
function statusOf({ meter, pubsub, functions }: LocalCloud): Status {
  return {
    ramps: [...meter.counts()].map(([ramp, counts]) => ({ ramp, ...counts })),
    subscriptions: pubsub.backlog(),
    functions: functions.map(each => each.state()),
  };
}
