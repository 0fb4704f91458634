import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PiiClasses } from '../../functions/core/catalogue.ts';
import { locationOfPolicyTag, parsePiiYaml } from './pii-shape.ts';
import { type Problem, sortProblems } from './problem.ts';
import { type Finding, parseYamlFile } from './yaml-file.ts';

const file = 'services/pii.yaml';

/** The classes of personal data, or what is wrong with them; neither when there is no such file. */
export interface ReadPii {
  readonly classes: PiiClasses | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads `services/pii.yaml` under `root`. Policy tags must be where the datasets are, in `region`, when that is known:
 * https://cloud.google.com/bigquery/docs/column-level-security-intro#location_considerations
 */
export function readPii(root: string, region?: string): ReadPii {
  const path = join(root, file);
  return existsSync(path) ? parsePii(readFileSync(path, 'utf8'), region) : { classes: undefined, problems: [] };
}

/** The same of the file's text. */
export function parsePii(text: string, region?: string): ReadPii {
  const yaml = parseYamlFile(file, text);
  const { classes, findings } = yaml.value === undefined ? { findings: [] } : parsePiiYaml(yaml.value);
  const elsewhere =
    region === undefined ? [] : Object.entries(classes ?? {}).flatMap(entry => placed(...entry, region));
  const problems = sortProblems([
    ...yaml.problems,
    ...[...findings, ...elsewhere].map(finding => yaml.problemOf(finding)),
  ]);
  return { classes: problems.length > 0 ? undefined : classes, problems };
}

function placed(id: string, { policyTag }: PiiClasses[string], region: string): Finding[] {
  const location = policyTag === undefined ? undefined : locationOfPolicyTag(policyTag);
  if (location === undefined || location === region) return [];
  return [
    {
      path: ['classes', id, 'policy_tag'],
      what: `the policy tag is in ${location}, and the datasets are in ${region}`,
      mend: `name a policy tag of a taxonomy in ${region}`,
    },
  ];
}
