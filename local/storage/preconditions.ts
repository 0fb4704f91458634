import { ApiError, conditionNotMet } from './api-error.ts';
import { integerParameter } from './parameters.ts';

/** What a caller demands of the state that it finds; 0 as generation stands for "no live version". */
export interface Preconditions {
  readonly generationMatch?: number;
  readonly generationNotMatch?: number;
  readonly metagenerationMatch?: number;
  readonly metagenerationNotMatch?: number;
}

const parameters = {
  generationMatch: 'GenerationMatch',
  generationNotMatch: 'GenerationNotMatch',
  metagenerationMatch: 'MetagenerationMatch',
  metagenerationNotMatch: 'MetagenerationNotMatch',
} as const;

/**
 * Reads the preconditions from the query: `ifGenerationMatch` and its kin, or with another prefix `ifSourceGenerationMatch`.
 * https://cloud.google.com/storage/docs/request-preconditions
 */
export function preconditionsOf(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  const found: Record<string, number> = {};
  for (const [key, parameter] of Object.entries(parameters)) {
    const value = integerParameter(query, prefix + parameter);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

interface Versioned {
  readonly generation?: number;
  readonly metageneration: number;
}

/** Throws 412 unless the state (undefined: there is none) is what the caller demands. */
export function demand(state: Versioned | undefined, conditions: Preconditions): void {
  if (failsMatch(state, conditions) || failsNotMatch(state, conditions)) throw conditionNotMet();
}

/** As `demand`, for reads: a failed "not match" means that the caller has the state already, and is 304. */
export function demandForRead(state: Versioned, conditions: Preconditions): void {
  if (failsMatch(state, conditions)) throw conditionNotMet();
  if (failsNotMatch(state, conditions)) throw new ApiError(304, 'notModified', 'Not Modified');
}

function failsMatch(state: Versioned | undefined, conditions: Preconditions): boolean {
  const { generationMatch, metagenerationMatch } = conditions;
  return (
    (generationMatch !== undefined && generationMatch !== (state?.generation ?? 0)) ||
    (metagenerationMatch !== undefined && metagenerationMatch !== state?.metageneration)
  );
}

function failsNotMatch(state: Versioned | undefined, conditions: Preconditions): boolean {
  const { generationNotMatch, metagenerationNotMatch } = conditions;
  return (
    (generationNotMatch !== undefined && generationNotMatch === (state?.generation ?? 0)) ||
    (metagenerationNotMatch !== undefined && metagenerationNotMatch === state?.metageneration)
  );
}
