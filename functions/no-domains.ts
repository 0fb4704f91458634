/**
 * Imported before functions-framework serves: it opens a domain for each request, and from the first one on Node.js
 * follows every promise of the process by async hooks and tells them of its collection, which took half of a function's
 * CPU. What domains are for is there without them: the framework answers for a rejected handler itself, and ends the
 * process on an error that nobody caught, whose messages Pub/Sub delivers again (`docs/decisions/0022-no-domains.md`).
 */
import domain from 'node:domain';

domain.create = () => ({ on: () => undefined, run: (work: () => void) => work() }) as unknown as domain.Domain;
