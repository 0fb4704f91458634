import { z } from 'zod';
import { buckets, nameProblem } from '../functions/core/names.ts';
import { type StageId, stageIds } from '../functions/core/wiring.ts';
import { didYouMean, listed } from './config/suggest.ts';

/** What may differ from one deployment to another: the keys `onramp:*` of `Pulumi.<stack>.yaml`. */
export interface StackSettings {
  /** Id of the platform's project. */
  readonly project: string;
  /** Region of everything: functions, buckets and datasets. */
  readonly region: string;
  /** Whether Pulumi refuses to delete what holds data. */
  readonly protect: boolean;
  /** Days after which lake files move to NEARLINE, which is cheaper to keep and dearer to read. */
  readonly lakeNearlineAfterDays: number;
  /** Days after which files of the structured lake are deleted; undefined keeps them for ever. */
  readonly lakeDeleteAfterDays: number | undefined;
  /** The same of the raw lake, which holds every payload unmasked. */
  readonly rawLakeDeleteAfterDays: number | undefined;
  /** Versions of the masking key that the functions are given, ascending; the highest one masks. Without any, nothing can be masked. */
  readonly maskingKeyVersions: readonly number[];
  /**
   * Email of the account that Cloud Build builds the functions with; undefined for the project's default, which newer
   * organisations leave without any rights: https://cloud.google.com/functions/docs/securing/build-custom-sa
   */
  readonly buildServiceAccount: string | undefined;
  /** Stages that are billed for as long as their instances live, instead of for each request. */
  readonly instanceBilledStages: readonly StageId[];
  /** Who is told of alerts: e-mail addresses, and names of channels that are there already. */
  readonly notificationChannels: readonly string[];
  /** Who may use the console: members such as `user:oncall@example.com` or `group:operators@example.com`. */
  readonly operators: readonly string[];
}

/** Stack configuration is text, whatever was meant by it. */
const days = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, 'write a whole number of days, from 1')
  .transform(Number);

const isStage = (text: string): text is StageId => (stageIds as readonly string[]).includes(text);

/** Text such as `hub-to-raw-lake, hub-to-warehouse`. */
const stages = z.string().transform((text, context) => {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  for (const name of names.filter(stage => !isStage(stage))) {
    const mend = didYouMean(name, stageIds) ?? `the stages are ${listed(stageIds)}`;
    context.addIssue({ code: 'custom', message: `"${name}" is no stage; ${mend}` });
  }
  return stageIds.filter(id => names.includes(id));
});

/** Text such as `1, 2`, or `none`. */
const versions = z.string().transform((text, context) => {
  const named = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  if (named.length === 1 && named[0] === 'none') return [];
  const wrong = named.find(name => !/^[1-9]\d{0,8}$/.test(name));
  if (wrong !== undefined || named.length === 0) {
    const what = wrong === undefined ? 'it is empty' : `"${wrong}" is no version`;
    context.addIssue({ code: 'custom', message: `${what}; write numbers such as 1, 2, or none` });
  }
  return [...new Set(named)].map(Number).toSorted((a, b) => a - b);
});

const channelName = /^projects\/[^/\s]+\/notificationChannels\/\d+$/;

/** Text such as `oncall@example.com, projects/acme-platform/notificationChannels/123`. */
const channels = z.string().transform((text, context) => {
  const named = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  for (const name of named.filter(each => !channelName.test(each) && !z.email().safeParse(each).success)) {
    const mend = 'write an e-mail address, or projects/<project>/notificationChannels/<number>';
    context.addIssue({ code: 'custom', message: `"${name}" is no notification channel; ${mend}` });
  }
  return [...new Set(named)];
});

/** Text such as `user:oncall@example.com, group:operators@example.com`. Never everybody: who may see it may use it. */
const members = z.string().transform((text, context) => {
  const named = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  for (const name of named.filter(each => !/^(user|group|serviceAccount):[^\s:@]+@[^\s:@]+$/.test(each))) {
    const mend = 'write user:, group: or serviceAccount: and an e-mail address';
    context.addIssue({ code: 'custom', message: `"${name}" is nobody who could be an operator; ${mend}` });
  }
  return [...new Set(named)];
});

const shape = {
  project: z.string('pulumi config set onramp:project <project id>'),
  region: z.string().regex(/^[a-z]+-[a-z]+\d+$/, 'write a region, such as asia-northeast1'),
  protect: z.enum(['true', 'false'], 'write true or false').transform(text => text === 'true'),
  lakeNearlineAfterDays: days,
  lakeDeleteAfterDays: days,
  rawLakeDeleteAfterDays: days,
  maskingKeyVersions: versions,
  buildServiceAccount: z.email('write the e-mail address of a service account'),
  instanceBilledStages: stages,
  notificationChannels: channels,
  operators: members,
};

const stackConfig = z.strictObject({ ...z.strictObject(shape).partial().shape, project: shape.project });

/**
 * Reads the settings from the keys `onramp:*`, given without that prefix. Throws one error with all that is wrong.
 */
export function parseStackSettings(config: Readonly<Record<string, string>>): StackSettings {
  const { data, error } = stackConfig.safeParse(config);
  const problems = (error?.issues ?? []).flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => `onramp:${key} is no setting; ${didYouMean(key, Object.keys(shape)) ?? 'remove it'}`)
      : [`onramp:${issue.path.join('.')}: ${issue.message}`],
  );
  if (config['project'] !== undefined) problems.push(...projectProblems(config['project']));
  if (data === undefined || problems.length > 0) {
    throw new Error(`The stack’s configuration cannot be deployed:\n${problems.map(line => `  ${line}\n`).join('')}`);
  }
  return {
    project: data.project,
    region: data.region ?? 'asia-northeast1',
    protect: data.protect ?? true,
    lakeNearlineAfterDays: data.lakeNearlineAfterDays ?? 30,
    lakeDeleteAfterDays: data.lakeDeleteAfterDays,
    rawLakeDeleteAfterDays: data.rawLakeDeleteAfterDays,
    maskingKeyVersions: data.maskingKeyVersions ?? [1],
    buildServiceAccount: data.buildServiceAccount,
    instanceBilledStages: data.instanceBilledStages ?? [],
    notificationChannels: data.notificationChannels ?? [],
    operators: data.operators ?? [],
  };
}

function projectProblems(project: string): string[] {
  const names = [
    nameProblem('project', project),
    ...Object.values(buckets).map(bucket => nameProblem('bucket', bucket(project))),
  ];
  const problem = names.find(name => name !== undefined);
  return problem === undefined ? [] : [`onramp:project: ${problem}`];
}
