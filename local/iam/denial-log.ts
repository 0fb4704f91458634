import { appendFileSync } from 'node:fs';
import type { AccessControl } from './access-control.ts';
import { rolesWith } from './roles.ts';

/** Writes each refusal to a file, the first time it happens, with the roles that would have allowed it. */
export function logDenials(access: AccessControl, file: string, now = () => new Date()): void {
  const seen = new Set<string>();
  access.onDenied(({ caller, permission, resource }) => {
    // An object's name is one of very many.
    const on = resource.replace(/\/(objects|managedFolders)\/.*$/s, '/$1/*');
    const denial = `${caller} may not ${permission} on ${on}`;
    if (seen.has(denial)) return;
    seen.add(denial);
    const known = rolesWith(permission);
    const mend = known.length === 0 ? 'no known role allows it' : `allowed by ${known.join(' or ')}`;
    appendFileSync(file, `${now().toISOString()} ${denial}; ${mend} (infra/grants.ts)\n`);
  });
}
