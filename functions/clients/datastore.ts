import { credentials } from '@grpc/grpc-js';
import type { DatastoreConnection } from '../core/batch/connection.ts';
import { parseEndpoint } from './endpoints.ts';
import { untilAborted } from './until-aborted.ts';

/** google.protobuf.Timestamp */
export interface Moment {
  readonly seconds?: string | number | null;
  readonly nanos?: number | null;
}

/** google.datastore.v1.Key */
export interface EntityKey {
  readonly partitionId?: {
    readonly projectId?: string | null;
    readonly databaseId?: string | null;
    readonly namespaceId?: string | null;
  } | null;
  readonly path?:
    | readonly { readonly kind?: string | null; readonly id?: string | null; readonly name?: string | null }[]
    | null;
}

/** google.datastore.v1.Value: integers as texts. */
export interface EntityValue {
  readonly valueType?: EntityValueType;
  readonly meaning?: number | null;
  readonly booleanValue?: boolean | null;
  readonly integerValue?: string | null;
  readonly doubleValue?: number | null;
  readonly timestampValue?: Moment | null;
  readonly keyValue?: EntityKey | null;
  readonly stringValue?: string | null;
  readonly blobValue?: Uint8Array | string | null;
  readonly geoPointValue?: { readonly latitude?: number | null; readonly longitude?: number | null } | null;
  readonly entityValue?: Entity | null;
  readonly arrayValue?: { readonly values?: readonly EntityValue[] | null } | null;
}

export type EntityValueType =
  | 'nullValue'
  | 'booleanValue'
  | 'integerValue'
  | 'doubleValue'
  | 'timestampValue'
  | 'keyValue'
  | 'stringValue'
  | 'blobValue'
  | 'geoPointValue'
  | 'entityValue'
  | 'arrayValue';

export interface Entity {
  readonly key?: EntityKey | null;
  readonly properties?: Readonly<Record<string, EntityValue>> | null;
}

export interface PropertyCondition {
  readonly property: string;
  readonly operator: 'EQUAL' | 'LESS_THAN' | 'LESS_THAN_OR_EQUAL' | 'GREATER_THAN' | 'GREATER_THAN_OR_EQUAL';
  readonly value: EntityValue;
}

/** A query as the service parsed it from GQL: whatever it is, it goes back as it came. */
export type ParsedQuery = { readonly limit?: { readonly value?: number | null } | null } & Readonly<
  Record<string, unknown>
>;

export type EntityQuery =
  | { readonly gql: string }
  | { readonly parsed: ParsedQuery; readonly limit?: number }
  | {
      readonly kind: string;
      readonly where: readonly PropertyCondition[];
      readonly keysOnly?: boolean;
      readonly orderBy?: string;
      readonly limit?: number;
    };

export interface PageAsk {
  readonly query: EntityQuery;
  readonly namespace: string;
  /** The moment whose state is read; now when absent. */
  readonly readTime?: Moment;
  /** The page before it ended with. */
  readonly cursor?: Uint8Array | string;
}

export interface EntityPage {
  readonly entities: readonly Entity[];
  readonly cursor: Uint8Array | string;
  /** Why there is not more in the page. */
  readonly moreResults: string;
  /** The moment whose state was read. */
  readonly readTime: Moment;
  /** What GQL was parsed to. */
  readonly parsed?: ParsedQuery;
}

export interface DatastoreReads {
  page(ask: PageAsk): Promise<EntityPage>;
  /** How many entities a query has. */
  count(ask: Omit<PageAsk, 'cursor'>): Promise<number>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Reads of a database. The generated client is used as it is: the other one rounds integers and drops microseconds. */
export async function openDatastore(
  { project, database }: DatastoreConnection,
  { signal, deadline }: { readonly signal: AbortSignal; readonly deadline: Date },
): Promise<DatastoreReads> {
  const { v1 } = await import('@google-cloud/datastore');
  const local = parseEndpoint(process.env['DATASTORE_EMULATOR_HOST']);
  const client = new v1.DatastoreClient(
    local === undefined
      ? {}
      : { servicePath: local.host, port: local.port, sslCreds: credentials.createInsecure(), projectId: project },
  );
  const databaseId = database === '(default)' ? '' : database;
  const common = ({ namespace, readTime }: Omit<PageAsk, 'cursor' | 'query'>) => ({
    projectId: project,
    databaseId,
    partitionId: { projectId: project, databaseId, namespaceId: namespace },
    ...(readTime === undefined ? {} : { readOptions: { readTime } }),
  });
  const timeout = () => ({ timeout: Math.min(callMillis, Math.max(1, deadline.getTime() - Date.now())) });

  return {
    async page(ask) {
      const cursor = ask.cursor === undefined ? {} : { startCursor: ask.cursor };
      const query =
        'gql' in ask.query
          ? { gqlQuery: { queryString: ask.query.gql, allowLiterals: true } }
          : { query: { ...queryOf(ask.query), ...cursor } };
      const [{ batch, query: parsed }] = await untilAborted(
        signal,
        client.runQuery({ ...common(ask), ...query } as Parameters<typeof client.runQuery>[0], timeout()),
      );
      return {
        entities: (batch?.entityResults ?? []).map(({ entity }) => (entity ?? {}) as Entity),
        cursor: batch?.endCursor ?? '',
        moreResults: String(batch?.moreResults),
        readTime: (batch?.readTime ?? {}) as Moment,
        ...(parsed == null ? {} : { parsed: parsed as ParsedQuery }),
      };
    },
    async count(ask) {
      if ('gql' in ask.query) throw new Error('the entities of GQL are not counted');
      const aggregationQuery = { nestedQuery: queryOf(ask.query), aggregations: [{ alias: 'entities', count: {} }] };
      const [{ batch }] = await untilAborted(
        signal,
        client.runAggregationQuery(
          { ...common(ask), aggregationQuery } as Parameters<typeof client.runAggregationQuery>[0],
          timeout(),
        ),
      );
      return Number(batch?.aggregationResults?.[0]?.aggregateProperties?.['entities']?.integerValue ?? 0);
    },
    async close() {
      await client.close().catch(() => undefined);
    },
  };
}

/** A page takes seconds; the service ends queries after a minute by itself. */
const callMillis = 90_000;

function queryOf(query: Exclude<EntityQuery, { gql: string }>) {
  if ('parsed' in query) {
    return { ...query.parsed, ...(query.limit === undefined ? {} : { limit: { value: query.limit } }) };
  }
  const filters = query.where.map(({ property, operator, value }) => ({
    propertyFilter: { property: { name: property }, op: operator, value },
  }));
  const [first, ...others] = filters;
  return {
    kind: [{ name: query.kind }],
    ...(query.keysOnly === true ? { projection: [{ property: { name: '__key__' } }] } : {}),
    ...(first === undefined
      ? {}
      : { filter: others.length === 0 ? first : { compositeFilter: { op: 'AND', filters } } }),
    ...(query.orderBy === undefined ? {} : { order: [{ property: { name: query.orderBy } }] }),
    ...(query.limit === undefined ? {} : { limit: { value: query.limit } }),
  };
}
