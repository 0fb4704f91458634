import { accountEmail } from '../functions/core/names.ts';

type Inputs = Readonly<Record<string, unknown>>;

/** What Google Cloud's provider adds to a resource once it is made. */
export interface ProviderOutputs {
  readonly id: string;
  readonly outputs: Inputs;
}

/** Answers as the provider would for a resource of a type. */
export type Provider = (type: string, name: string, inputs: Inputs) => ProviderOutputs;

export interface ProviderFacts {
  readonly project: string;
  readonly region: string;
  readonly projectNumber: string;
  readonly functionUri: ((name: string) => string) | undefined;
}

/** Answers as the provider would, by the token of what it is asked. */
export type ProviderAnswers = Readonly<Record<string, Inputs>>;

/** https://cloud.google.com/storage/docs/projects#service-agents */
export const storageAgentEmail = (projectNumber: string) =>
  `service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`;

/** What the program asks the provider, beyond making resources. */
export function providerAnswers({ project, projectNumber }: ProviderFacts): ProviderAnswers {
  const emailAddress = storageAgentEmail(projectNumber);
  return {
    // Of it only whether it is there is asked.
    'gcp:bigquery/getDataset:getDataset': {},
    'gcp:storage/getProjectServiceAccount:getProjectServiceAccount': {
      id: emailAddress,
      project,
      emailAddress,
      member: `serviceAccount:${emailAddress}`,
    },
  };
}

/** The formats of ids and outputs, as the provider's documentation of each type gives them. */
export function providerOutputs(facts: ProviderFacts): Provider {
  const { project, region, projectNumber } = facts;
  const text = (inputs: Inputs, key: string) => String(inputs[key]);
  const projectOf = (inputs: Inputs) => (inputs['project'] === undefined ? project : text(inputs, 'project'));
  // Only the platform's number is known here.
  const numberOf = (inputs: Inputs) => (projectOf(inputs) === project ? projectNumber : projectOf(inputs));
  const formats: Readonly<Record<string, (inputs: Inputs) => ProviderOutputs>> = {
    'gcp:pubsub/topic:Topic': inputs => ({ id: `projects/${project}/topics/${text(inputs, 'name')}`, outputs: {} }),
    'gcp:pubsub/subscription:Subscription': inputs => ({
      id: `projects/${project}/subscriptions/${text(inputs, 'name')}`,
      outputs: {},
    }),
    'gcp:storage/bucket:Bucket': inputs => ({
      id: text(inputs, 'name'),
      outputs: { url: `gs://${text(inputs, 'name')}`, projectNumber: Number(projectNumber) },
    }),
    'gcp:storage/bucketObject:BucketObject': inputs => ({
      id: `${text(inputs, 'bucket')}-${text(inputs, 'name')}`,
      outputs: { outputName: text(inputs, 'name') },
    }),
    'gcp:bigquery/dataset:Dataset': inputs => ({
      id: `projects/${project}/datasets/${text(inputs, 'datasetId')}`,
      outputs: {},
    }),
    'gcp:storage/managedFolder:ManagedFolder': inputs => ({
      id: `${text(inputs, 'bucket')}/managedFolders/${text(inputs, 'name')}`,
      outputs: {},
    }),
    'gcp:secretmanager/secret:Secret': inputs => {
      const id = `projects/${project}/secrets/${text(inputs, 'secretId')}`;
      return { id, outputs: { name: id } };
    },
    'gcp:serviceaccount/account:Account': inputs => {
      const email = accountEmail(text(inputs, 'accountId'), projectOf(inputs));
      const id = `projects/${projectOf(inputs)}/serviceAccounts/${email}`;
      return { id, outputs: { name: id, email, member: `serviceAccount:${email}` } };
    },
    'gcp:projects/serviceIdentity:ServiceIdentity': inputs => {
      const service = text(inputs, 'service').split('.', 1).join('');
      // https://cloud.google.com/iam/docs/service-agents
      const domain = service === 'cloudfunctions' ? 'gcf-admin-robot' : `gcp-sa-${service}`;
      const email = `service-${numberOf(inputs)}@${domain}.iam.gserviceaccount.com`;
      const id = `projects/${projectOf(inputs)}/services/${text(inputs, 'service')}`;
      return { id, outputs: { email, member: `serviceAccount:${email}` } };
    },
    'gcp:logging/projectSink:ProjectSink': inputs => {
      // One service agent for all sinks of a project.
      const writerIdentity = `serviceAccount:service-${numberOf(inputs)}@gcp-sa-logging.iam.gserviceaccount.com`;
      return { id: `projects/${text(inputs, 'project')}/sinks/${text(inputs, 'name')}`, outputs: { writerIdentity } };
    },
    'gcp:cloudrunv2/service:Service': inputs => {
      const service = text(inputs, 'name');
      const stage = text(inputs['buildConfig'] as Inputs, 'functionTarget');
      const uri = facts.functionUri?.(stage) ?? `https://${service}-${projectNumber}.${region}.run.app`;
      return { id: `projects/${project}/locations/${region}/services/${service}`, outputs: { uri } };
    },
    'gcp:cloudtasks/queue:Queue': inputs => ({
      id: `projects/${project}/locations/${region}/queues/${text(inputs, 'name')}`,
      outputs: {},
    }),
    'gcp:cloudscheduler/job:Job': inputs => ({
      id: `projects/${project}/locations/${region}/jobs/${text(inputs, 'name')}`,
      outputs: {},
    }),
    'gcp:cloudfunctionsv2/function:Function': inputs => {
      const name = text(inputs, 'name');
      const uri = facts.functionUri?.(name) ?? `https://${name}-${numberOf(inputs)}.${region}.run.app`;
      return {
        id: `projects/${projectOf(inputs)}/locations/${region}/functions/${name}`,
        outputs: {
          url: `https://${region}-${projectOf(inputs)}.cloudfunctions.net/${name}`,
          serviceConfig: {
            ...(inputs['serviceConfig'] as Inputs),
            uri,
            service: `projects/${projectOf(inputs)}/locations/${region}/services/${name}`,
          },
        },
      };
    },
  };
  return (type, name, inputs) => formats[type]?.(inputs) ?? { id: name, outputs: {} };
}
