import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { NameKind } from '../../functions/core/names.ts';
import { type Inventory, type Resource, renderStack } from '../../infra/render.ts';

export const root = join(import.meta.dirname, '../..');
export const project = 'acme-platform';

/** What the program declares for the example services. */
export const exampleStack = await renderStack({ root, project });

/** The resources of a type, which is named by its last part, such as `Topic`. */
export function ofType({ resources }: Inventory, type: string): Resource[] {
  const found = resources.filter(resource => resource.type.endsWith(`:${type}`));
  assert.ok(found.length > 0, `the stack has no ${type}`);
  return found;
}

export const iamMembers = ({ resources }: Inventory) =>
  resources.filter(({ type }) => /iam(member|binding|policy)$/i.test(type));

/** The input at a path of keys. */
export function input(resource: Resource, ...path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], resource.inputs);
}

/** The types whose names have limits, each with the kind of its name and the input that holds it. */
export const nameInputs: Readonly<Record<string, readonly [kind: NameKind, key: string]>> = {
  Topic: ['pubsub', 'name'],
  Subscription: ['pubsub', 'name'],
  Bucket: ['bucket', 'name'],
  Dataset: ['dataset', 'datasetId'],
  Account: ['account', 'accountId'],
  Function: ['function', 'name'],
};
