import type { DescMessage } from '@bufbuild/protobuf';
import type { MaskName, PiiClasses } from '../catalogue.ts';
import { type FieldOptions, fieldOptions } from './options.ts';

/** What is to become of the personal data in a column, and what guards it. */
export interface Masking {
  /** Absent for what is not personal. */
  readonly mask?: MaskName;
  readonly pii?: string;
  readonly truncate?: number;
  readonly policyTag?: string;
}

/** From the mildest to the strictest. */
const strictness: readonly MaskName[] = ['none', 'truncate', 'hmac', 'drop'];

const stricter = (a: MaskName, b: MaskName): MaskName => (strictness.indexOf(a) > strictness.indexOf(b) ? a : b);

/** What a field's own options ask for: first they decide, then its class; a class that nobody described is `hmac`. */
export function maskingOf(options: FieldOptions, classes: PiiClasses): Masking {
  const { pii } = options;
  const described = pii !== undefined && Object.hasOwn(classes, pii) ? classes[pii] : undefined;
  const personal = pii !== undefined || options.mask !== undefined;
  const truncate = options.truncate ?? described?.truncate;
  const policyTag = options.policyTag ?? described?.policyTag;
  return {
    ...(personal && { mask: options.mask ?? described?.mask ?? 'hmac' }),
    ...(pii !== undefined && { pii }),
    ...(truncate !== undefined && { truncate }),
    ...(policyTag !== undefined && { policyTag }),
  };
}

/** The masking of a field within a message that is masked itself: nothing within may be masked less than the whole. */
export function maskingWithin(outer: Masking, inner: Masking): Masking {
  if (outer.mask === undefined || inner.mask === undefined) return { ...outer, ...inner };
  const mask = stricter(outer.mask, inner.mask);
  // Only the lengths of those that truncate count.
  const lengths = [outer, inner].flatMap(({ mask: own, truncate }) =>
    own === 'truncate' && truncate !== undefined ? [truncate] : [],
  );
  const { truncate: _, ...rest } = { ...outer, ...inner, mask };
  return lengths.length === 0 ? rest : { ...rest, truncate: Math.min(...lengths) };
}

/**
 * The masking of a message that becomes one JSON text, by all that it can hold: the text is masked as a whole, by HMAC
 * or by being dropped, when any field within is personal.
 */
export function maskingOfJson(outer: Masking, desc: DescMessage | undefined, classes: PiiClasses): Masking {
  const inside = desc === undefined ? [] : personalWithin(desc, classes);
  if (inside.length === 0) return outer;
  const mask = inside.reduce<MaskName>((found, masking) => stricter(found, masking.mask ?? 'none'), 'hmac');
  const names = new Set(inside.flatMap(({ pii }) => pii ?? []));
  const pii = outer.pii ?? (names.size === 0 ? undefined : [...names].sort().join(', '));
  return { ...outer, mask: stricter(outer.mask ?? 'none', mask), ...(pii !== undefined && { pii }) };
}

/** What is asked for by the fields, at any depth, that are not to be kept as they are. */
function personalWithin(root: DescMessage, classes: PiiClasses): Masking[] {
  const seen = new Set<DescMessage>([root]);
  const found: Masking[] = [];
  // A set is walked on to what is added to it on the way.
  for (const desc of seen) {
    for (const field of desc.fields) {
      const options = fieldOptions(field);
      if (options.ignore === true) continue;
      const masking = maskingOf(options, classes);
      if (masking.mask !== undefined && masking.mask !== 'none') found.push(masking);
      if (field.message !== undefined) seen.add(field.message);
    }
  }
  return found;
}
