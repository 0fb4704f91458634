/** The policy pack: what `pulumi preview --policy-pack infra/policy` runs. */
import { PolicyPack } from '@pulumi/policy';
import { type PolicyResource, unknownText } from './rule.ts';
import { resourceRules, stackRules } from './rules.ts';

const known = (type: string, name: string, props: object): PolicyResource => ({
  type,
  name,
  inputs: withoutUnknowns(props) as PolicyResource['inputs'],
});

new PolicyPack('onramp', {
  enforcementLevel: 'mandatory',
  policies: [
    ...resourceRules.map(({ name, description, check }) => ({
      name,
      description,
      validateResource: (
        { type, name: of, props }: { type: string; name: string; props: object },
        report: (message: string) => void,
      ) => {
        for (const message of check(known(type, of, props))) report(`${of} ${message}.`);
      },
    })),
    ...stackRules.map(({ name, description, check }) => ({
      name,
      description,
      validateStack: (
        { resources }: { resources: readonly { type: string; name: string; urn: string; props: object }[] },
        report: (message: string, urn: string) => void,
      ) => {
        const plain = resources.map(({ type, name: of, urn, props }) => ({ ...known(type, of, props), urn }));
        for (const { resource, message } of check(plain)) report(`${resource.name} ${message}.`, resource.urn);
      },
    })),
  ],
});

/**
 * A copy in which a text stands for what only the deployment will know. Reading such a value throws, and Pulumi would
 * then tell of each rule that it could not be checked: no rule minds what an unknown value is, as long as it is there.
 */
function withoutUnknowns(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.keys(value).map(key => [key, propertyOf(value, key)] as const);
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

function propertyOf(value: object, key: string): unknown {
  try {
    return withoutUnknowns((value as Record<string, unknown>)[key]);
  } catch {
    return unknownText;
  }
}
