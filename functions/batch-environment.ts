import { type BatchFunctionId, type BatchKey, batchWiring } from './core/batch/batch-wiring.ts';
import { secretVariable } from './core/batch/secret-variable.ts';

/** What a function of the batch layer is told by its environment. */
export interface BatchEnvironment {
  readonly id: BatchFunctionId;
  /** The value of a key of the function's wiring. Throws for a key that the wiring does not give it. */
  value(key: BatchKey): string;
  /** What a `projects/…/secrets/…/versions/…` holds. Throws when the function was not given it. */
  secret(reference: string): string;
}

/** Throws one Error that names every key that is missing. */
export function readBatchEnvironment(
  id: BatchFunctionId,
  variables: Readonly<Record<string, string | undefined>>,
): BatchEnvironment {
  const keys = batchWiring(id).environment;
  const missing = keys.filter(key => !variables[key]).map(key => `${key} is not set`);
  if (missing.length > 0) throw new Error(`function ${id} cannot start: ${missing.join('; ')}`);
  const values = new Map(keys.map(key => [key, variables[key] ?? '']));
  return {
    id,
    value(key) {
      const value = values.get(key);
      if (value === undefined) throw new Error(`the wiring of ${id} does not name ${key}`);
      return value;
    },
    secret(reference) {
      const value = variables[secretVariable(reference)];
      if (value === undefined) throw new Error(`the function ${id} was not given the secret ${reference}`);
      return value;
    },
  };
}
