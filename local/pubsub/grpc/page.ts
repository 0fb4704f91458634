/** What lists are cut into when the caller does not say. */
const defaultPageSize = 100;

interface PageRequest {
  readonly pageSize: number;
  /** The name after which the page begins; empty for the first page. */
  readonly pageToken: string;
}

/** One page of resources, by name, and the token of the next; the token is empty on the last page. */
export function pageOf<Resource>(
  resources: readonly Resource[],
  nameOf: (resource: Resource) => string,
  { pageSize, pageToken }: PageRequest,
): { items: Resource[]; nextPageToken: string } {
  const rest = resources
    .filter(resource => nameOf(resource) > pageToken)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const items = rest.slice(0, pageSize > 0 ? pageSize : defaultPageSize);
  const last = items.at(-1);
  return { items, nextPageToken: last !== undefined && items.length < rest.length ? nameOf(last) : '' };
}
