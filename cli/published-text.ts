import type { Publication } from '../infra/publish/publish-schemas.ts';

/** Says what breaks though it was published; empty when nothing does. */
export const breaksText = (published: readonly Publication[]): string =>
  published
    .flatMap(({ name, breaks }) => breaks.map(({ at, what }) => `warning: ${name} breaks at ${at}: ${what}\n`))
    .join('');
