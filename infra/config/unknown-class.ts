import type { PiiClasses } from '../../functions/core/catalogue.ts';
import type { Problem } from './problem.ts';
import { didYouMean, listed } from './suggest.ts';

/** What there is to say of something whose class of personal data is not among those of `services/pii.yaml`. */
export function unknownClass(subject: string, name: string, classes: PiiClasses): Pick<Problem, 'what' | 'mend'> {
  const known = Object.keys(classes);
  const all = `it has ${known.length === 0 ? 'none yet' : listed(known)}`;
  return {
    what: `${subject} is of the class "${name}", which services/pii.yaml does not have`,
    mend: `${didYouMean(name, known) ?? 'add the class there;'} ${all}`,
  };
}
