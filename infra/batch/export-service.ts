import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { exportPrefix, runsOfService } from '../../functions/core/batch/batch-names.ts';
import { calledFunctions } from '../../functions/core/batch/batch-wiring.ts';
import type { BatchService, Pool } from '../../functions/core/batch/config.ts';
import { type DatabaseConnection, isDatabase } from '../../functions/core/batch/connection.ts';
import { secretParts } from '../../functions/core/batch/secret-variable.ts';
import { secretsOfExports } from '../../functions/core/batch/secrets-of.ts';
import { exportFunction, secrets, tasksAccount, topics } from '../../functions/core/names.ts';
import { childOptions } from '../context.ts';
import { type Grantable, makeGrant } from '../grants.ts';
import type { Platform } from '../platform.ts';
import { uriOf } from '../stage.ts';
import { batchFunctionOf } from './batch-function.ts';
import { type BatchGrant, batchGrants, otherBatchGrants } from './batch-grants.ts';
import { apisOf, databaseOf } from './databases.ts';
import type { PrepareProject } from './service-project.ts';

export interface ExportServiceArgs {
  readonly platform: Platform;
  readonly archive: gcp.storage.BucketObject;
  readonly service: BatchService;
  readonly pools: readonly Pool[];
  readonly exportsBucket: gcp.storage.Bucket;
  readonly stateBucket: gcp.storage.Bucket;
  readonly batchEvents: gcp.pubsub.Topic;
  readonly tasksAccount: gcp.serviceaccount.Account;
  readonly prepare: PrepareProject;
}

/** The function with which a service exports its own tables, in its own project and under its own account. */
export class ExportService extends pulumi.ComponentResource {
  readonly uri: pulumi.Output<string>;

  constructor(args: ExportServiceArgs, parent: pulumi.Resource) {
    const { platform, service, archive } = args;
    const name = exportFunction(service.id);
    super('onramp:infra:ExportService', service.id, {}, { parent });
    const { project } = service;
    const connections = databasesOf(service);
    const network = service.subnet === undefined ? [] : ['compute'];
    const ready = args.prepare(project, [...new Set([...connections.flatMap(apisOf), ...network])]);
    const options = { ...childOptions(this, platform.context), dependsOn: ready };

    const account = new gcp.serviceaccount.Account(
      name,
      {
        project,
        accountId: name,
        displayName: `Onramp: ${name}`,
        description: `exports the tables of the service ${service.id}`,
      },
      options,
    );
    const folders = {
      ownExports: service.exports.map(({ address }) => this.#folder(args, args.exportsBucket, exportPrefix(address))),
      ownRuns: [this.#folder(args, args.stateBucket, runsOfService(service.id))],
    };
    const readsSecrets: pulumi.Resource[] = [];
    for (const grant of batchGrants.export) {
      for (const resource of resourcesOf(grant, args, folders, connections)) {
        const made = makeGrant(grant, { name, member: account.member }, resource, options);
        if ('secrets' in grant.on) readsSecrets.push(made);
      }
    }
    const made = new gcp.cloudfunctionsv2.Function(
      name,
      batchFunctionOf({
        id: 'export',
        name,
        project,
        service: service.id,
        platform,
        archive,
        account,
        secrets: secretsOfExports(service),
        subnet: service.subnet,
        maxInstances: instancesOf(args),
      }),
      { ...options, dependsOn: [...ready, ...readsSecrets] },
    );
    const caller = { name: tasksAccount, member: args.tasksAccount.member };
    makeGrant(otherBatchGrants.invokeExport, caller, { name, resource: made }, options);
    this.uri = made.serviceConfig.apply(uriOf);
    this.registerOutputs({ uri: this.uri });
  }

  /** A managed folder, for the reasons that lake folders have; see `lake-folder.ts`. */
  #folder({ platform }: ExportServiceArgs, bucket: gcp.storage.Bucket, path: string): Grantable {
    const resource = new gcp.storage.ManagedFolder(
      path,
      // Forced, or it could not go while it has files, which stay where they are.
      { bucket: bucket.name, name: path, forceDestroy: true },
      childOptions(this, platform.context),
    );
    return { name: path, resource };
  }
}

/** As many as there can be tasks at once. */
function instancesOf({ service, pools }: ExportServiceArgs): number {
  const used = new Set(service.exports.map(({ pool }) => pool));
  const slots = pools.filter(({ id }) => used.has(id)).reduce((sum, pool) => sum + pool.slots, 0);
  return Math.max(1, Math.min(slots, calledFunctions.export.maxInstances));
}

/** Each database that an export is read from, once. */
function databasesOf({ exports, connections }: BatchService): readonly DatabaseConnection[] {
  const ids = new Set(exports.map(({ connection }) => connection));
  return [...ids].flatMap(id => {
    const connection = connections[id];
    return connection !== undefined && isDatabase(connection) ? [connection] : [];
  });
}

type Folders = Readonly<
  Record<Extract<BatchGrant['on'], { readonly folders: unknown }>['folders'], readonly Grantable[]>
>;

function resourcesOf(
  { on }: BatchGrant,
  { platform, service, batchEvents }: ExportServiceArgs,
  folders: Folders,
  connections: readonly DatabaseConnection[],
): readonly Grantable[] {
  if ('topic' in on) return [{ name: topics.batchEvents, resource: batchEvents }];
  if ('folders' in on) return folders[on.folders];
  if ('secrets' in on) return secretsToGrant(secretsOfExports(service), platform);
  if (!('databases' in on)) throw new Error('an export function is granted nothing else');
  const found = connections.flatMap(connection => databaseOf(connection, on.databases) ?? []);
  // Two connections may lead to the same instance.
  return [...new Map(found.map(each => [each.name, each])).values()];
}

/** The secrets of references, each once, whatever version they name. */
export function secretsToGrant(references: readonly string[], { context, secrets: own }: Platform): Grantable[] {
  const all = references.map(secretParts).map(({ project, secret }): [string, Grantable] => {
    const name = `${project}/${secret}`;
    // The stream's key is made by this program, so that the grant has to wait for it.
    const isOwn = project === context.project && secret === secrets.maskingKey;
    return [name, { name, resource: isOwn ? own.maskingKey : { kind: 'secret', project, secret } }];
  });
  return [...new Map(all).values()];
}
