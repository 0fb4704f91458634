import { type Server as GrpcServer, Server, ServerCredentials, type sendUnaryData, status } from '@grpc/grpc-js';
import engineRpc from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import resourceRpc from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import type { Provider, ProviderAnswers } from '../../infra/provider-outputs.ts';
import { Empty, structOf } from './pulumi-protocol.ts';

/** A resource that a program registered. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** URN; empty on the stack itself. */
  readonly parent: string;
  readonly protect: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The part of Pulumi's engine that a program talks to, in front of a provider that makes nothing. */
export interface PulumiEngine extends AsyncDisposable {
  readonly address: string;
  /** In the order in which they were registered. */
  readonly registrations: readonly Registration[];
  /** Outputs of the components and of the stack, by URN. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Errors that the program reported. */
  readonly errors: readonly string[];
}

export async function startPulumiEngine(provider: Provider, answers: ProviderAnswers = {}): Promise<PulumiEngine> {
  const registrations: Registration[] = [];
  const outputs = new Map<string, Readonly<Record<string, unknown>>>();
  const errors: string[] = [];
  let root = '';

  const server = new Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });
  server.addService(resourceRpc.ResourceMonitorService, {
    getDeploymentInfo: (_: unknown, done: sendUnaryData<resource.DeploymentInfo>) => {
      const info = new resource.DeploymentInfo();
      info.setSupportedfeaturesList(
        Object.values(resource.ResourceMonitorFeature).filter(feature => typeof feature === 'number'),
      );
      done(null, info);
    },
    registerResource: (
      { request }: { request: resource.RegisterResourceRequest },
      done: sendUnaryData<resource.RegisterResourceResponse>,
    ) => {
      const [type, name] = [request.getType(), request.getName()];
      const inputs = plain(request.getObject()?.toJavaScript() ?? {}) as Registration['inputs'];
      registrations.push({ type, name, parent: request.getParent(), protect: request.getProtect() === true, inputs });
      const made = provider(type, name, inputs);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:dev::onramp::${type}::${name}`);
      response.setId(request.getCustom() ? made.id : '');
      response.setObject(structOf({ ...inputs, ...made.outputs }));
      done(null, response);
    },
    registerResourceOutputs: (
      { request }: { request: resource.RegisterResourceOutputsRequest },
      done: sendUnaryData<object>,
    ) => {
      outputs.set(request.getUrn(), plain(request.getOutputs()?.toJavaScript() ?? {}) as Registration['inputs']);
      done(null, new Empty());
    },
    registerPackage: (_: unknown, done: sendUnaryData<resource.RegisterPackageResponse>) => {
      const response = new resource.RegisterPackageResponse();
      response.setRef('package');
      done(null, response);
    },
    invoke: (
      { request }: { request: resource.ResourceInvokeRequest },
      done: sendUnaryData<resource.ResourceInvokeResponse>,
    ) => {
      const answer = answers[request.getTok()];
      if (!answer) {
        done({ code: status.UNIMPLEMENTED, details: `there is no Google Cloud to ask for ${request.getTok()}` });
        return;
      }
      const response = new resource.ResourceInvokeResponse();
      response.setReturn(structOf(answer));
      done(null, response);
    },
    signalAndWaitForShutdown: (_: unknown, done: sendUnaryData<object>) => done(null, new Empty()),
  });
  server.addService(engineRpc.EngineService, {
    log: ({ request }: { request: engine.LogRequest }, done: sendUnaryData<object>) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage());
      done(null, new Empty());
    },
    setRootResource: (
      { request }: { request: engine.SetRootResourceRequest },
      done: sendUnaryData<engine.SetRootResourceResponse>,
    ) => {
      root = request.getUrn();
      done(null, new engine.SetRootResourceResponse());
    },
    getRootResource: (_: unknown, done: sendUnaryData<engine.GetRootResourceResponse>) => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      done(null, response);
    },
  });

  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    registrations,
    outputs,
    errors,
    [Symbol.asyncDispose]: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

const listen = (server: GrpcServer): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });

/** https://github.com/pulumi/pulumi/blob/master/developer-docs/providers/implementers-guide.md: marks what is no plain value. */
const signature = '4dabf18193072939515e22adb298388d';
const outputValue = 'd0e6a833031e9bbcd3f4e8bde6ca49a4';

/** A copy with the values of outputs in their place. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value as Readonly<Record<string, unknown>>;
  if (entries[signature] === outputValue) return plain(entries['value']);
  return Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, plain(item)]));
}
