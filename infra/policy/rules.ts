/** Every rule of the policy pack. */
import { noPrimitiveRoles, noPublicAccess, noWideGrants } from './grant-rules.ts';
import {
  boundedInstances,
  closedBuckets,
  deliberateDeletion,
  internalIngress,
  labels,
  lastingSubscriptions,
  namedAccounts,
  secretEnvironment,
  settledPushes,
} from './resource-rules.ts';
import type { ResourceRule, StackRule } from './rule.ts';
import { keptDeadLetters, ownAccounts } from './stack-rules.ts';

export const resourceRules: readonly ResourceRule[] = [
  noPrimitiveRoles,
  noPublicAccess,
  noWideGrants,
  closedBuckets,
  deliberateDeletion,
  lastingSubscriptions,
  settledPushes,
  boundedInstances,
  internalIngress,
  namedAccounts,
  secretEnvironment,
  labels,
];

export const stackRules: readonly StackRule[] = [ownAccounts, keptDeadLetters];
