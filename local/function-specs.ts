import { batchStageIds, consoleId } from '../functions/core/batch/batch-wiring.ts';
import type { ExportsCatalogue } from '../functions/core/batch/exports-catalogue.ts';
import { exportFunction } from '../functions/core/names.ts';
import { stageIds } from '../functions/core/wiring.ts';
import type { Inventory, Resource } from '../infra/render.ts';
import type { FunctionSpec } from './functions/function-process.ts';
import type { Ports } from './ports.ts';
import type { SecretVariable } from './secrets/secrets.ts';

interface FunctionInputs {
  readonly name: string;
  readonly buildConfig: { readonly entryPoint: string };
  readonly serviceConfig: {
    readonly serviceAccountEmail: string;
    readonly environmentVariables: Readonly<Record<string, string>>;
    readonly secretEnvironmentVariables?: readonly {
      readonly key: string;
      readonly projectId: string;
      readonly secret: string;
      readonly version: string;
    }[];
    readonly maxInstanceRequestConcurrency: number;
    readonly maxInstanceCount: number;
    readonly availableMemory: string;
    readonly timeoutSeconds: number;
  };
}

interface FunctionOutputs {
  readonly serviceConfig: { readonly uri: string; readonly service: string };
}

interface ServiceInputs {
  readonly project: string;
  readonly buildConfig: { readonly functionTarget: string };
  readonly template: {
    readonly serviceAccount: string;
    readonly maxInstanceRequestConcurrency: number;
    /** Such as `60s`. */
    readonly timeout: string;
    readonly containers: readonly [
      {
        readonly envs: readonly ServiceVariable[];
        readonly resources: { readonly limits: { readonly memory: string } };
      },
    ];
  };
}

interface ServiceVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueSource?: { readonly secretKeyRef: { readonly secret: string; readonly version: string } };
}

interface ServiceOutputs {
  readonly uri: string;
  /** Full name. */
  readonly id: string;
}

/** A declared function, the identity that it runs as, and where it is called. */
export interface DeclaredFunction extends Omit<FunctionSpec, 'environment' | 'invocation' | 'secrets'> {
  /** Its address, which its callers' tokens are meant for. */
  readonly uri: string;
  /** Full name of the Cloud Run service behind it, on which calling it is granted. */
  readonly service: string;
  readonly account: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretVariable[];
}

/** The functions that the program declares, however they are billed, each with its port. */
export function declaredFunctions({ resources }: Inventory, ports: Ports): DeclaredFunction[] {
  return resources.flatMap(resource => {
    if (resource.type === 'gcp:cloudfunctionsv2/function:Function') return [functionOf(resource, ports)];
    if (resource.type === 'gcp:cloudrunv2/service:Service') return [instanceBilledOf(resource, ports)];
    return [];
  });
}

function functionOf({ inputs, outputs }: Resource, ports: Ports): DeclaredFunction {
  const { name, buildConfig, serviceConfig } = inputs as unknown as FunctionInputs;
  const { uri, service } = (outputs as unknown as FunctionOutputs).serviceConfig;
  return {
    name,
    uri,
    service,
    entryPoint: buildConfig.entryPoint,
    port: portOf(name, ports),
    account: serviceConfig.serviceAccountEmail,
    environment: serviceConfig.environmentVariables,
    secrets: (serviceConfig.secretEnvironmentVariables ?? []).map(({ key, projectId, secret, version }) => ({
      name: key,
      project: projectId,
      secret,
      version,
    })),
    concurrency: concurrencyOf(serviceConfig),
    memoryMiB: mebibytes(serviceConfig.availableMemory),
    timeoutSeconds: serviceConfig.timeoutSeconds,
  };
}

/** A Cloud Run function is a service of its own. It keeps the stage's name here. */
function instanceBilledOf({ inputs, outputs }: Resource, ports: Ports): DeclaredFunction {
  const { project, buildConfig, template } = inputs as unknown as ServiceInputs;
  const { uri, id } = outputs as unknown as ServiceOutputs;
  const [{ envs, resources }] = template.containers;
  return {
    name: buildConfig.functionTarget,
    uri,
    service: id,
    entryPoint: buildConfig.functionTarget,
    port: portOf(buildConfig.functionTarget, ports),
    account: template.serviceAccount,
    environment: Object.fromEntries(envs.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    secrets: envs.flatMap(({ name, valueSource }) =>
      valueSource ? [{ name, project, ...valueSource.secretKeyRef }] : [],
    ),
    concurrency: template.maxInstanceRequestConcurrency,
    memoryMiB: mebibytes(resources.limits.memory),
    timeoutSeconds: Number.parseInt(template.timeout, 10),
  };
}

/**
 * The names of all functions that there can be, in an order that does not change with what is exported: that of the ports.
 */
export const functionNames = ({ services }: ExportsCatalogue): string[] => [
  ...stageIds,
  'plan-runs',
  ...batchStageIds,
  consoleId,
  ...services.map(({ id }) => exportFunction(id)),
];

function portOf(name: string, ports: Ports): number {
  const port = ports.functions[name];
  if (port === undefined) throw new Error(`the program declares a function ${name}, for which there is no port`);
  return port;
}

/** One process stands for all instances of a function that takes one request for each. */
const concurrencyOf = ({
  maxInstanceRequestConcurrency: each,
  maxInstanceCount,
}: FunctionInputs['serviceConfig']): number => (each === 1 ? maxInstanceCount : each);

/** `1024Mi`, `2Gi` or `512M` in mebibytes. */
function mebibytes(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([MG])i?$/.exec(text) ?? [];
  if (!amount) throw new Error(`a function’s memory is "${text}"; write it as 512Mi or 1Gi`);
  return Number(amount) * (unit === 'G' ? 1024 : 1);
}
