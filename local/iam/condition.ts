/** Whether a conditional binding applies to a resource, which is named in full. */
export type Applies = (resource: string) => boolean;

const equals = /^resource\.name == (["'])([^"'\\]*)\1$/;
const startsWith = /^resource\.name\.startsWith\((["'])([^"'\\]*)\1\)$/;

/**
 * Reads an IAM condition. Known are the two forms that narrow a grant to one resource and to a part of a bucket, also
 * several of them joined by `||`; anything else throws an Error, since to pass over a condition would be to grant more than
 * the program does. https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name
 */
export function parseCondition(expression: string): Applies {
  const alternatives = expression.split('||').map((part): Applies => {
    const name = equals.exec(part.trim())?.[2];
    if (name !== undefined) return resource => resource === name;
    const prefix = startsWith.exec(part.trim())?.[2];
    if (prefix === undefined) {
      throw new Error(`the local cloud cannot enforce the IAM condition ${expression}; see local/iam/condition.ts`);
    }
    return resource => resource.startsWith(prefix);
  });
  return resource => alternatives.some(applies => applies(resource));
}
