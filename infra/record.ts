import * as pulumi from '@pulumi/pulumi';
import type { Provider, ProviderAnswers } from './provider-outputs.ts';

/** Everything that a Pulumi program declares, in the order in which it was made. */
export interface Inventory {
  readonly resources: readonly Resource[];
}

export interface Resource {
  /** Such as `gcp:pubsub/topic:Topic`. */
  readonly type: string;
  /** The name in the program, unique in its type. */
  readonly name: string;
  readonly urn: string;
  /** URN of the resource that it belongs to; absent on the stack itself. */
  readonly parent?: string;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Whether Pulumi leaves it in place when the program no longer declares it. */
  readonly retainOnDelete?: true;
  /** Resolved: plain data. An asset or archive is `{ path }`, `{ text }` or `{ assets }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The inputs and what the provider adds. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Pulumi's settings are one per process, so that one program runs after the other. */
let last: Promise<unknown> = Promise.resolve();

/** Runs a program against a provider that makes nothing. Rejects with the first thing that goes wrong in it. */
export function record(provider: Provider, program: () => unknown, answers: ProviderAnswers = {}): Promise<Inventory> {
  const next = last.then(() => withShortStackTraces(() => collectRejections(() => run(provider, program, answers))));
  last = next.catch(() => undefined);
  return next;
}

async function run(provider: Provider, program: () => unknown, answers: ProviderAnswers): Promise<Inventory> {
  let failure: { readonly error: unknown } | undefined;
  const resources: Resource[] = [];
  const made = new Map<string, Pick<Resource, 'inputs' | 'outputs'>>();
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        const answer = answers[token];
        if (answer) return answer;
        const error = new Error(`the program asks the provider for ${token}, which only a deployment can answer`);
        failure ??= { error };
        throw error;
      },
      newResource: async ({ type, name, inputs, custom }) => {
        const { id, outputs } = provider(type, name, inputs as Resource['inputs']);
        const plain = (await withPlainAssets(inputs)) as Resource['inputs'];
        made.set(key(type, name), { inputs: plain, outputs: custom === true ? { ...plain, ...outputs, id } : {} });
        return { id: custom === true ? id : undefined, state: { ...(inputs as object), ...outputs } };
      },
    },
    'onramp',
    'render',
  );
  observeRegistrations(registration => {
    const found = made.get(key(registration.type, registration.name));
    if (found !== undefined) resources.push({ ...registration, ...found });
  });

  await pulumi.runtime.runInPulumiStack(async () => {
    try {
      await program();
    } catch (error) {
      // Let the resources that are there already settle first.
      failure ??= { error };
    }
  });
  await pulumi.runtime.disconnect();
  if (failure !== undefined) throw failure.error;
  return { resources };
}

/**
 * Pulumi keeps a stack trace for each of its promises, of which a resource has dozens: written out in full they are half
 * of the time that a large stack takes. One line still says where an error comes from.
 */
async function withShortStackTraces<T>(work: () => Promise<T>): Promise<T> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * What fails inside a resource, such as in an `apply`, reaches Pulumi as a rejection of many promises that nobody
 * holds. While the program runs they are taken as its own failure, instead of ending the process.
 */
async function collectRejections<T>(work: () => Promise<T>): Promise<T> {
  const reasons: unknown[] = [];
  const collect = (reason: unknown) => void reasons.push(reason);
  process.on('unhandledRejection', collect);
  try {
    const result = await work().finally(async () => {
      // Node.js tells of a rejection only once all that was ready to run has run.
      await new Promise(setImmediate);
    });
    if (reasons.length > 0) throw reasons[0];
    return result;
  } finally {
    process.off('unhandledRejection', collect);
  }
}

const key = (type: string, name: string) => `${type} ${name}`;

type Registration = Pick<Resource, 'type' | 'name' | 'urn' | 'parent' | 'protect' | 'retainOnDelete'>;

/** The part of Pulumi's monitor that says what the mocks are not told: parents and protection. */
interface Monitor {
  registerResource(
    request: {
      getType(): string;
      getName(): string;
      getParent(): string;
      getProtect(): boolean;
      getRetainondelete(): boolean;
    },
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): unknown;
}

function observeRegistrations(observe: (registration: Registration) => void): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (response !== undefined) {
        const parent = request.getParent();
        observe({
          type: request.getType(),
          name: request.getName(),
          urn: response.getUrn(),
          ...(parent !== '' && { parent }),
          protect: request.getProtect(),
          ...(request.getRetainondelete() && { retainOnDelete: true }),
        });
      }
      callback(error, response);
    });
}

/** A copy in which every asset and archive is plain data. */
async function withPlainAssets(value: unknown): Promise<unknown> {
  const { AssetArchive, FileArchive, FileAsset, StringAsset } = pulumi.asset;
  if (value instanceof FileAsset || value instanceof FileArchive) return { path: await value.path };
  if (value instanceof StringAsset) return { text: await value.text };
  if (value instanceof AssetArchive) return { assets: await withPlainAssets(await value.assets) };
  if (Array.isArray(value)) return Promise.all(value.map(withPlainAssets));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([name, item]) => [name, await withPlainAssets(item)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
