import type { Authorize, Caller } from '../../stand-in.ts';
import { permissionDenied } from '../pubsub-error.ts';

/** Refuses a call for which its caller has no permission. */
export type Guard = (permission: string, resource: string) => void;

export const guardOf =
  (authorize: Authorize, caller: Caller): Guard =>
  (permission, resource) => {
    if (!authorize(caller, `pubsub.${permission}`, resource)) throw permissionDenied();
  };
