import { type StageId, stageIds } from '../functions/core/wiring.ts';
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
      readonly secret: string;
      readonly version: string;
    }[];
    readonly maxInstanceRequestConcurrency: number;
    readonly availableMemory: string;
    readonly timeoutSeconds: number;
  };
}

interface FunctionOutputs {
  readonly serviceConfig: { readonly uri: string; readonly service: string };
}

interface ServiceInputs {
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
    port: ports.functions[stageOf(name)],
    account: serviceConfig.serviceAccountEmail,
    environment: serviceConfig.environmentVariables,
    secrets: (serviceConfig.secretEnvironmentVariables ?? []).map(({ key, secret, version }) => ({
      name: key,
      secret,
      version,
    })),
    concurrency: serviceConfig.maxInstanceRequestConcurrency,
    memoryMiB: mebibytes(serviceConfig.availableMemory),
    timeoutSeconds: serviceConfig.timeoutSeconds,
  };
}

/** A Cloud Run function is a service of its own. It keeps the stage's name here. */
function instanceBilledOf({ inputs, outputs }: Resource, ports: Ports): DeclaredFunction {
  const { buildConfig, template } = inputs as unknown as ServiceInputs;
  const { uri, id } = outputs as unknown as ServiceOutputs;
  const [{ envs, resources }] = template.containers;
  return {
    name: buildConfig.functionTarget,
    uri,
    service: id,
    entryPoint: buildConfig.functionTarget,
    port: ports.functions[stageOf(buildConfig.functionTarget)],
    account: template.serviceAccount,
    environment: Object.fromEntries(envs.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    secrets: envs.flatMap(({ name, valueSource }) => (valueSource ? [{ name, ...valueSource.secretKeyRef }] : [])),
    concurrency: template.maxInstanceRequestConcurrency,
    memoryMiB: mebibytes(resources.limits.memory),
    timeoutSeconds: Number.parseInt(template.timeout, 10),
  };
}

function stageOf(name: string): StageId {
  const stage = stageIds.find(id => id === name);
  if (!stage) throw new Error(`the program declares a function ${name}, which the wiring does not know`);
  return stage;
}

/** `1024Mi`, `2Gi` or `512M` in mebibytes. */
function mebibytes(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([MG])i?$/.exec(text) ?? [];
  if (!amount) throw new Error(`a function’s memory is "${text}"; write it as 512Mi or 1Gi`);
  return Number(amount) * (unit === 'G' ? 1024 : 1);
}
