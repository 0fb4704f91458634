import { OnrampError } from '../errors.ts';

/**
 * A value without counterpart at rest. What throws it does not know the field's path, so the messages around it add
 * their fields' names on its way up.
 */
export class OutOfRange extends Error {
  readonly path: string[] = [];
}

export const outOfRangeError = (error: OutOfRange) =>
  new OnrampError('VALUE_OUT_OF_RANGE', `${error.path.join('.')} holds ${error.message}`);
