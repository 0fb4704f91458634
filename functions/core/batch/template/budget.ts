import { ValueError } from './value-error.ts';

/** Far more than any query needs, and rendered in well under a second. */
const maxSteps = 200_000;

/** Of any text on the way, and of what is rendered. */
const maxText = 1024 * 1024;

const charactersPerStep = 64;

export type Budget = ReturnType<typeof createBudget>;

/**
 * What one rendering may use up. It counts work instead of time, so that a template which renders here renders anywhere.
 * Throws a ValueError when it is used up.
 */
export function createBudget() {
  let steps = 0;
  const spend = (count: number): void => {
    steps += count;
    if (steps > maxSteps) {
      throw new ValueError('the template does more than a template may', 'shorten its loops');
    }
  };
  return {
    spend,
    /** Asks for a text or a list of that length, before it is made. */
    allow(length: number): void {
      if (length > maxText) {
        throw new ValueError(`a text would have more than ${maxText} characters`, 'shorten what the template repeats');
      }
      spend(1 + Math.ceil(length / charactersPerStep));
    },
  };
}
