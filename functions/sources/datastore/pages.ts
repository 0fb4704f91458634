import type { DatastoreReads, EntityPage, EntityQuery, PageAsk, ParsedQuery } from '../../clients/datastore.ts';

/** Entities of a page: the next one is fetched while one is written, so that two are in memory. */
const pageSize = 300;

type Ask = Omit<PageAsk, 'cursor'>;

/** The pages of a query to its end, all of one moment. */
export async function* pagesOf(reads: DatastoreReads, ask: Ask): AsyncGenerator<EntityPage> {
  let page = await firstPage(reads, ask);
  let next = nextAsk(ask, page, 0);
  let read = page.entities.length;
  while (next !== undefined) {
    const coming = reads.page(next);
    // Awaited after the page before has been written; until then it must not count as unhandled.
    coming.catch(() => undefined);
    yield page;
    page = await coming;
    next = nextAsk(ask, page, read, next.query);
    read += page.entities.length;
  }
  yield page;
}

export const firstPage = (reads: DatastoreReads, ask: Ask): Promise<EntityPage> => reads.page(limited(ask));

/** GQL goes to the service as it is; what it may limit is its own. */
const limited = (ask: Ask): PageAsk =>
  'gql' in ask.query ? ask : { ...ask, query: { ...ask.query, limit: pageSize } };

function nextAsk(ask: Ask, page: EntityPage, readBefore: number, asked: EntityQuery = ask.query): PageAsk | undefined {
  const { cursor, entities, moreResults, parsed } = page;
  if (entities.length === 0 || moreResults === 'NO_MORE_RESULTS') return undefined;
  if (!('gql' in ask.query)) return { ...limited(ask), cursor };
  const query: ParsedQuery | undefined = 'parsed' in asked ? asked.parsed : parsed;
  if (query === undefined) return undefined;
  const wanted = query.limit?.value ?? undefined;
  const left = wanted === undefined ? pageSize : Math.min(pageSize, wanted - readBefore - entities.length);
  // The cursor is behind what the query's offset has skipped.
  return left <= 0 ? undefined : { ...ask, query: { parsed: { ...query, offset: 0 }, limit: left }, cursor };
}
