/** A list price in US dollars, and where it is from. */
export interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly of: string;
  readonly source: string;
  /** How it was read: prices change, and the pages could not be opened from where this was written. */
  readonly read: string;
}

const run = 'https://cloud.google.com/run/pricing';
const pubsub = 'https://cloud.google.com/pubsub/pricing';
const bigquery = 'https://cloud.google.com/bigquery/pricing';
const dataflow = 'https://cloud.google.com/dataflow/pricing';
const stored = 'stored copy of the page, undated';
const quoted = 'quoted by third parties, 2026; the page itself not read';

/** List prices of us-central1, without free tiers and discounts. Every figure of the model is from here. */
export const prices = {
  throughput: {
    dollars: 40,
    per: 'TiB',
    of: 'Pub/Sub: published, pushed and pulled bytes',
    source: pubsub,
    read: 'transcript of 2026-09-20',
  },
  exportThroughput: {
    dollars: 50,
    per: 'TiB',
    of: 'Pub/Sub: bytes of BigQuery and Cloud Storage subscriptions, writing included',
    source: pubsub,
    read: 'transcript of 2026-09-20',
  },
  requests: {
    dollars: 0.4,
    per: 'million',
    of: 'Cloud Run: requests, request-based billing',
    source: run,
    read: stored,
  },
  requestCpu: {
    dollars: 0.000024,
    per: 'vCPU-second',
    of: 'Cloud Run: CPU, request-based billing',
    source: run,
    read: stored,
  },
  requestMemory: {
    dollars: 0.0000025,
    per: 'GiB-second',
    of: 'Cloud Run: memory, request-based billing',
    source: run,
    read: stored,
  },
  instanceCpu: {
    dollars: 0.000018,
    per: 'vCPU-second',
    of: 'Cloud Run: CPU, instance-based billing',
    source: run,
    read: stored,
  },
  instanceMemory: {
    dollars: 0.000002,
    per: 'GiB-second',
    of: 'Cloud Run: memory, instance-based billing',
    source: run,
    read: quoted,
  },
  storageWrite: {
    dollars: 0.025,
    per: 'GiB',
    of: 'BigQuery: Storage Write API',
    source: bigquery,
    read: quoted,
  },
  classA: {
    dollars: 0.005,
    per: '1,000',
    of: 'Cloud Storage: class A operations, one for each file written',
    source: 'https://cloud.google.com/storage/pricing-examples',
    read: stored,
  },
  storage: {
    dollars: 0.02,
    per: 'GiB and month',
    of: 'Cloud Storage: Standard storage',
    source: 'https://cloud.google.com/storage/pricing',
    read: stored,
  },
  classB: {
    dollars: 0.0004,
    per: '1,000',
    of: 'Cloud Storage: class B operations, one for each object read',
    source: 'https://cloud.google.com/storage/pricing-examples',
    read: stored,
  },
  scheduledJob: {
    dollars: 0.1,
    per: 'month',
    of: 'Cloud Scheduler: a job, however often it runs',
    source: 'https://cloud.google.com/scheduler/pricing',
    read: stored,
  },
  taskOperations: {
    dollars: 0.4,
    per: 'million',
    of: 'Cloud Tasks: operations, one for each call and for each attempt to deliver a task of up to 32 KB',
    source: 'https://cloud.google.com/tasks/pricing',
    read: stored,
  },
  queried: {
    dollars: 6.25,
    per: 'TiB',
    of: 'BigQuery: bytes that queries read, on demand; 10 MB of each table at least',
    source: bigquery,
    read: quoted,
  },
  tableStorage: {
    dollars: 0.02,
    per: 'GiB and month',
    of: 'BigQuery: active logical storage',
    source: bigquery,
    read: stored,
  },
  dataflowCpu: {
    dollars: 0.069,
    per: 'vCPU-hour',
    of: 'Dataflow: streaming worker, CPU',
    source: dataflow,
    read: quoted,
  },
  dataflowMemory: {
    dollars: 0.003557,
    per: 'GiB-hour',
    of: 'Dataflow: streaming worker, memory',
    source: dataflow,
    read: quoted,
  },
} as const satisfies Record<string, Price>;

/** Bytes that Pub/Sub bills at least for each publish, push or pull request, however small: see `pubsub` above. */
export const leastBytesPerRequest = 1000;

/** Bytes that BigQuery bills at least for each table that a query reads: see `queried` above. */
export const leastBytesPerQuery = 10 * 1024 ** 2;

/** Time is billed in steps of this many seconds, on Cloud Run. */
export const billedStep = 0.1;
