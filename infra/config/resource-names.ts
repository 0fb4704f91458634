import { datasets, type NameKind, nameProblem, subscriptions, tables, topics } from '../../functions/core/names.ts';

/** A name that a ramp takes, in the space in which it must be unique. */
interface TakenName {
  readonly space: string;
  readonly kind: NameKind;
  readonly name: string;
}

/** What a ramp has that takes names. */
export interface RampHas {
  readonly hasTable: boolean;
  readonly hasLogs: boolean;
}

/** Every name that one ramp takes. */
function namesOfRamp(service: string, ramp: string, { hasTable, hasLogs }: RampHas): TakenName[] {
  const names: TakenName[] = [
    { space: 'topic', kind: 'pubsub', name: topics.ramp(service, ramp) },
    { space: 'subscription', kind: 'pubsub', name: subscriptions.rampToHub(service, ramp) },
  ];
  if (hasLogs) {
    const logs = topics.logs(service, ramp);
    names.push(
      { space: 'topic', kind: 'pubsub', name: logs },
      { space: 'subscription', kind: 'pubsub', name: subscriptions.logToRamp(service, ramp) },
      { space: 'sink', kind: 'sink', name: logs },
    );
  }
  if (!hasTable) return names;
  const dataset = datasets.service(service);
  return [
    ...names,
    { space: `table of ${dataset}`, kind: 'table', name: tables.ramp(ramp) },
    { space: `table of ${dataset}`, kind: 'table', name: tables.deduplicated(ramp) },
  ];
}

/** The names that ramps have taken so far; tells of the first one that breaks a limit or is taken already. */
export function createNameRegister() {
  const taken = new Map<string, string>();
  return {
    /** Takes all names of a ramp. Answers with what is wrong, or undefined. */
    take(service: string, ramp: string, has: RampHas): { what: string; mend: string } | undefined {
      for (const { space, kind, name } of namesOfRamp(service, ramp, has)) {
        const broken = nameProblem(kind, name);
        if (broken !== undefined) return { what: broken, mend: 'shorten the name of the ramp or of the service' };
        const key = `${space} ${name}`;
        const owner = taken.get(key);
        if (owner !== undefined) {
          return { what: `the ${key} would be that of the ramp ${owner} too`, mend: 'rename one of the two ramps' };
        }
        taken.set(key, `${service}/${ramp}`);
      }
      return undefined;
    },
  };
}

export type NameRegister = ReturnType<typeof createNameRegister>;
