/** Pulumi's gRPC protocol, by the SDK's own generated code. */
import { createRequire } from 'node:module';
import type { IAnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import type analyzer from '@pulumi/pulumi/proto/analyzer_pb.js';

type Empty = Parameters<IAnalyzerClient['getAnalyzerInfo']>[0];

/** https://protobuf.dev/reference/protobuf/google.protobuf/#struct */
export type Struct = NonNullable<ReturnType<analyzer.AnalyzeRequest['getProperties']>>;

// The SDK checks that messages are of the classes that it has loaded itself.
const ofSdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));

const { Struct } = ofSdk('google-protobuf/google/protobuf/struct_pb.js') as {
  readonly Struct: { fromJavaScript(value: object): Struct };
};

export const { Empty } = ofSdk('google-protobuf/google/protobuf/empty_pb.js') as {
  readonly Empty: new () => Empty;
};

/** Plain data as a message; what is undefined is left out. */
export const structOf = (value: object): Struct => Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as object);

/** One call of a client, as a promise: `answerOf<Answer>(done => client.method(request, done))`. */
export const answerOf = <Answer>(
  call: (done: (error: Error | null, answer: Answer) => void) => void,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
