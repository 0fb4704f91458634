import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import { buckets } from '../../functions/core/names.ts';
import { makeGrant } from '../grants.ts';
import { enableApi, type Platform, platformApis } from '../platform.ts';
import { otherBatchGrants } from './batch-grants.ts';

/** What a function needs in the project that it runs in, and what its account calls from there. */
const ownApis = [
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'iam',
  'pubsub',
  'run',
  'secretmanager',
  'storage',
];

/**
 * Prepares the projects that exports run in: enables APIs, and lets Cloud Functions there read the deploy archive. Answers
 * with what a function in a project has to wait for.
 */
export function createServiceProjects(platform: Platform, parent: pulumi.Resource) {
  const enabled = new Map<string, pulumi.Resource>();
  const builders = new Map<string, pulumi.Resource>();
  const { context } = platform;

  const enable = (project: string, api: string) => {
    const key = `${project} ${api}`;
    const known = enabled.get(key) ?? enableApi(api, project, parent, key);
    enabled.set(key, known);
    return known;
  };
  const letBuild = (project: string, apis: readonly pulumi.Resource[]) => {
    const known = builders.get(project);
    if (known !== undefined) return known;
    const options = { parent, dependsOn: [...context.apis, ...apis] };
    const agent = new gcp.projects.ServiceIdentity(
      `cloudfunctions ${project}`,
      { project, service: 'cloudfunctions.googleapis.com' },
      options,
    );
    const who = { name: `cloudfunctions ${project}`, member: agent.member };
    const archives = { name: buckets.source(context.project), resource: platform.buckets.source };
    const grant = makeGrant(otherBatchGrants.buildFromArchive, who, archives, options);
    builders.set(project, grant);
    return grant;
  };

  /** `apis` are those of the service's databases. */
  return (project: string, apis: readonly string[]): pulumi.Resource[] => {
    if (project === context.project) {
      const more = apis.filter(api => !platformApis.includes(api)).map(api => enable(project, api));
      return [...context.apis, ...more];
    }
    const all = [...new Set([...ownApis, ...apis])].map(api => enable(project, api));
    return [...all, letBuild(project, all)];
  };
}

export type PrepareProject = ReturnType<typeof createServiceProjects>;
