import { z } from 'zod';
import type { PiiClass, PiiClasses } from '../../functions/core/catalogue.ts';
import { findingsOfIssue } from './shape-findings.ts';
import type { Finding } from './yaml-file.ts';

/** https://cloud.google.com/bigquery/docs/column-data-masking#retrieve_policy_tag_name */
const policyTagName = /^projects\/[^/\s]+\/locations\/(?<location>[^/\s]+)\/taxonomies\/\d+\/policyTags\/\d+$/;

/** Where a policy tag is, such as `asia-northeast1`; undefined when the text is no name of one. */
export const locationOfPolicyTag = (name: string): string | undefined => policyTagName.exec(name)?.groups?.['location'];

const classShape = {
  mask: z.enum(['hmac', 'drop', 'truncate', 'none'], { error: 'write hmac, drop, truncate or none' }).optional(),
  truncate: z
    .int({ error: 'write how many characters are kept, from 1' })
    .min(1, { error: 'write how many characters are kept, from 1; with drop there is no column' })
    .optional(),
  policy_tag: z
    .string({ error: 'write the name of a policy tag' })
    .regex(policyTagName, {
      error: 'write projects/<project>/locations/<location>/taxonomies/<number>/policyTags/<number>',
    })
    .optional(),
  description: z.string({ error: 'write what belongs to the class, in one sentence' }).optional(),
};

const piiShape = {
  version: z.literal(1, { error: 'write version: 1' }),
  classes: z.record(
    z.string(),
    // A class that is written as a key alone has all defaults.
    z.preprocess(value => value ?? {}, z.strictObject(classShape, { error: 'write a mapping, or {}' })),
    { error: 'write a mapping of classes, such as { email: { mask: hmac } }' },
  ),
};

const piiYaml = z.strictObject(piiShape, { error: 'write a mapping with version and classes' });

/** As column names and options quote it. */
const classId = /^[a-z][a-z0-9_-]{0,62}$/;

/** Checks `services/pii.yaml` and resolves its defaults; there are classes when nothing is wrong only. */
export function parsePiiYaml(value: unknown): { readonly classes?: PiiClasses; readonly findings: readonly Finding[] } {
  const result = piiYaml.safeParse(value, { reportInput: true });
  if (!result.success) {
    const keysAt = (path: readonly PropertyKey[]) => Object.keys(path.length === 0 ? piiShape : classShape);
    return { findings: result.error.issues.flatMap(issue => findingsOfIssue(issue, keysAt)) };
  }
  const entries = Object.entries(result.data.classes);
  const findings = entries.flatMap(([id, written]) => classFindings(id, written));
  if (findings.length > 0) return { findings };
  return { classes: Object.fromEntries(entries.map(([id, written]) => [id, classOf(written)])), findings };
}

type WrittenClass = z.output<typeof piiYaml>['classes'][string];

const classOf = ({ mask, truncate, policy_tag, description }: WrittenClass): PiiClass => ({
  mask: mask ?? 'hmac',
  ...(truncate !== undefined && { truncate }),
  ...(policy_tag !== undefined && { policyTag: policy_tag }),
  ...(description !== undefined && { description }),
});

function classFindings(id: string, { mask, truncate, policy_tag }: WrittenClass): Finding[] {
  const findings: Finding[] = [];
  const path = ['classes', id];
  if (!classId.test(id)) {
    findings.push({
      path,
      atKey: true,
      what: `the class "${id}" breaks the rule: 1 to 63 lower-case letters, digits, hyphens and underscores`,
      mend: 'choose a name such as email or card-number',
    });
  }
  if (mask === 'truncate' && truncate === undefined) {
    findings.push({
      path: [...path, 'mask'],
      what: 'nothing says how many characters are kept',
      mend: 'add truncate: 3, or another number',
    });
  }
  if (mask !== 'truncate' && truncate !== undefined) {
    findings.push({
      path: [...path, 'truncate'],
      atKey: true,
      what: `the mask is ${mask ?? 'hmac'}, which truncates nothing`,
      mend: 'write mask: truncate, or remove "truncate"',
    });
  }
  if (mask === 'drop' && policy_tag !== undefined) {
    findings.push({
      path: [...path, 'policy_tag'],
      atKey: true,
      what: 'a class that is dropped has no columns to tag',
      mend: 'choose another mask, or remove "policy_tag"',
    });
  }
  return findings;
}
