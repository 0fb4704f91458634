import type { Masker } from './core/codec/masker.ts';
import type { BatchBounds, EnvironmentKey, StageId } from './core/wiring.ts';
import { wiring } from './core/wiring.ts';
import { readMasker } from './masking-keys.ts';

/** What a function is told by its environment. Only the keys that its stage's row in the wiring names can be read. */
export interface Environment {
  readonly stage: StageId;
  readonly batch: BatchBounds;
  /** Of the masking key, for a stage that is given versions of it; see `readMasker`. */
  readonly masker: Masker | undefined;
  /** The value of a key of the stage's wiring. Throws for a key that the wiring does not give this stage. */
  value(key: EnvironmentKey): string;
}

const positive = /^[1-9][0-9]*$/;

/**
 * Reads the environment of one stage.
 * @throws one Error that names every key that is missing or wrong
 */
export function readEnvironment(stage: StageId, variables: Readonly<Record<string, string | undefined>>): Environment {
  const problems: string[] = [];
  const text = (key: EnvironmentKey): string => {
    const value = variables[key];
    if (!value) problems.push(`${key} is not set`);
    return value ?? '';
  };
  const number = (key: EnvironmentKey): number => {
    const value = text(key);
    if (value && !positive.test(value)) problems.push(`${key} is "${value}", not a positive whole number`);
    return Number(value);
  };

  const values = new Map(wiring[stage].environment.map(key => [key, text(key)]));
  const batch: BatchBounds = {
    records: number('ONRAMP_BATCH_RECORDS'),
    bytes: number('ONRAMP_BATCH_BYTES'),
    millis: number('ONRAMP_BATCH_MILLIS'),
    heldBytes: number('ONRAMP_HELD_BYTES'),
  };
  const needsKey = wiring[stage].secrets.includes('maskingKey');
  const masking = needsKey ? readMasker(variables) : undefined;
  problems.push(...(masking?.problems ?? []));
  if (problems.length > 0) throw new Error(`function ${stage} cannot start: ${problems.join('; ')}`);

  return {
    stage,
    batch,
    masker: masking?.masker,
    value(key) {
      const value = values.get(key);
      if (value === undefined) throw new Error(`the wiring of ${stage} does not name ${key}`);
      return value;
    },
  };
}
