import { computeOf } from './resource-rules.ts';
import { at, isOf, type StackRule, unknownText } from './rule.ts';

export const ownAccounts: StackRule = {
  name: 'own-accounts',
  description: 'Each function has an account of its own, so that a grant to it is a grant to nothing else.',
  check(resources) {
    const takenBy = new Map<string, string>();
    return resources.flatMap(resource => {
      const account = computeOf(resource)?.account;
      if (typeof account !== 'string' || account === unknownText) return [];
      const other = takenBy.get(account);
      takenBy.set(account, resource.name);
      if (other === undefined) return [];
      return [{ resource, message: `shares its account ${account} with ${other}: give it one of its own` }];
    });
  },
};

export const keptDeadLetters: StackRule = {
  name: 'kept-dead-letters',
  description: 'A topic without subscription loses what is published on it.',
  check(resources) {
    const subscriptions = resources.filter(resource => isOf(resource, 'Subscription'));
    const read = new Set(subscriptions.map(({ inputs }) => inputs['topic']));
    return subscriptions.flatMap(resource => {
      const topic = at(resource.inputs, 'deadLetterPolicy', 'deadLetterTopic');
      if (typeof topic !== 'string' || topic === unknownText || read.has(topic)) return [];
      return [{ resource, message: `sends dead letters to ${topic}, where they are lost: subscribe to that topic` }];
    });
  },
};
