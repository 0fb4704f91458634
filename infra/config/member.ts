const principalUrl = /^principal(Set)?:\/\/iam\.googleapis\.com\/\S+$/;
const email = /^[^\s@:]+@[^\s@:]+\.[^\s@:]+$/;
const domain = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/**
 * Says why `member` cannot be granted anything, or undefined when it can be. The forms are those of
 * https://cloud.google.com/iam/docs/principal-identifiers, without the ones that open a resource to the public.
 */
export function memberProblem(member: string): { readonly what: string; readonly mend: string } | undefined {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') {
    return {
      what: `"${member}" is everybody on the internet`,
      mend: 'name the accounts or a group; Onramp opens nothing to the public',
    };
  }
  const colon = member.indexOf(':');
  const kind = member.slice(0, colon);
  const rest = member.slice(colon + 1);
  const valid =
    kind === 'principal' || kind === 'principalSet'
      ? principalUrl.test(member)
      : kind === 'domain'
        ? domain.test(rest)
        : ['serviceAccount', 'user', 'group'].includes(kind) && email.test(rest);
  if (valid) return undefined;
  return {
    what: `"${member}" is no member that IAM knows`,
    mend: 'write serviceAccount:, user: or group: and an e-mail address, domain: and a domain, or a principal:// URL',
  };
}
