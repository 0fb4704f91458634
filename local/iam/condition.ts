/** Whether a conditional binding applies to a resource, which is named in full. */
export type Applies = (resource: string) => boolean;

const startsWith = /^resource\.name\.startsWith\((["'])([^"'\\]*)\1\)$/;

/**
 * Reads an IAM condition. Known is the one form that narrows a grant to a part of a bucket, also several of it joined by
 * `||`; anything else throws an Error, since to pass over a condition would be to grant more than the program does.
 * https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name
 */
export function parseCondition(expression: string): Applies {
  const prefixes = expression.split('||').map(part => {
    const prefix = startsWith.exec(part.trim())?.[2];
    if (prefix === undefined) {
      throw new Error(`the local cloud cannot enforce the IAM condition ${expression}; see local/iam/condition.ts`);
    }
    return prefix;
  });
  return resource => prefixes.some(prefix => resource.startsWith(prefix));
}
