import { z } from 'zod';
import { findingsOfIssue } from '../shape-findings.ts';
import type { Finding, Path } from '../yaml-file.ts';

/** Keys whose values may be secrets written by mistake: they are never repeated in a report. */
const delicate = /secret|password|passwd|token|key|webhook|auth|hmac|^ca$|certificate/i;

/**
 * Checks a value against a shape. Each message of the shape is what its reader should write there: what is wrong is worked
 * out from the issue itself.
 */
export function parseShape<T>(
  shape: z.ZodType<T>,
  value: unknown,
): { readonly data?: T; readonly findings: Finding[] } {
  const result = shape.safeParse(value, { reportInput: true });
  return result.success
    ? { data: result.data, findings: [] }
    : { findings: result.error.issues.flatMap(issue => findingsOf(shape, issue, [])) };
}

function findingsOf(shape: z.ZodType, inner: z.core.$ZodIssue, parent: Path): Finding[] {
  const issue = { ...inner, path: [...parent, ...inner.path] };
  // Of several forms that a value may have, the one that it is nearest to is worth telling of.
  const nearest = inner.code === 'invalid_union' ? nearestForm(inner.errors) : undefined;
  if (nearest !== undefined) return nearest.flatMap(each => findingsOf(shape, each, issue.path));
  const findings = findingsOfIssue(issue, path => keysAt(shape, path));
  const hides = issue.input !== undefined && issue.path.some(step => delicate.test(String(step)));
  return hides && inner.code !== 'unrecognized_keys'
    ? findings.map(finding => ({ ...finding, what: `"${String(issue.path.at(-1))}" is not what it should be` }))
    : findings;
}

/** The issues of the only form that got further than the value's type. */
function nearestForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const further = forms.filter(issues => issues.every(({ path }) => path.length > 0));
  return further.length === 1 ? further[0] : undefined;
}

/** The keys that a mapping at a path may have. */
function keysAt(shape: z.core.$ZodType, path: Path): string[] {
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodNullable) return keysAt(shape.unwrap(), path);
  if (shape instanceof z.ZodUnion) {
    return [...new Set(shape.options.flatMap(option => keysAt(option, path)))];
  }
  const [step, ...rest] = path;
  if (shape instanceof z.ZodObject) {
    const fields: Readonly<Record<string, z.core.$ZodType>> = shape.shape;
    if (step === undefined) return Object.keys(fields);
    const field = fields[String(step)];
    return field === undefined ? [] : keysAt(field, rest);
  }
  if (shape instanceof z.ZodRecord) return keysAt(shape.valueType, rest);
  return shape instanceof z.ZodArray ? keysAt(shape.element, rest) : [];
}
