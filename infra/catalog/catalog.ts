import type { PiiClasses } from '../../functions/core/catalogue.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets, type RampAddress, tables, topics } from '../../functions/core/names.ts';
import type { Ramp, Service } from '../config/service.ts';
import type { Declaration } from '../declare.ts';
import { type CatalogField, fieldsOf } from './fields.ts';

/** What there is to read, who answers for it, who may read it, and where it comes from. Plain data. */
export interface Catalog {
  readonly version: 1;
  /** The platform's project. */
  readonly project: string;
  /** By address. */
  readonly ramps: readonly CatalogRamp[];
  /** The classes of personal data that are configured; a class that is not is masked by HMAC. */
  readonly piiClasses: PiiClasses;
}

export interface CatalogRamp {
  readonly ramp: RampAddress;
  readonly description: string;
  readonly owner: string;
  /** Full name of the payload's message type; null for a ramp that takes any bytes. */
  readonly schema: string | null;
  /** IAM members that may publish on it, query its table, read its files of the structured and of the raw lake. */
  readonly publishers: readonly string[];
  readonly readers: readonly string[];
  readonly lakeReaders: readonly string[];
  readonly rawReaders: readonly string[];
  readonly lineage: Lineage;
  /** In the order of the field numbers, each field of a nested message after the field that holds it. */
  readonly fields: readonly CatalogField[];
}

/** Where an event is, from the publisher to the analyst; null where a ramp without schema has nothing. */
export interface Lineage {
  /** Full names of topics, `gs://` prefixes of files, `project.dataset.table`. */
  readonly topic: string;
  readonly hub: string;
  readonly rawLake: string;
  readonly structuredLake: string | null;
  readonly table: string | null;
  /** The view with each event once. */
  readonly view: string | null;
}

/** The catalog of all that is declared. */
export function catalogOf({
  settings: { project },
  services,
  schemas,
  piiClasses = {},
}: Pick<Declaration, 'settings' | 'services' | 'schemas' | 'piiClasses'>): Catalog {
  const ramps = services.flatMap(service =>
    service.ramps.map((ramp): CatalogRamp => {
      const compiled = ramp.schema === undefined ? undefined : schemas.get(ramp.schema);
      return {
        ramp: ramp.address,
        description: ramp.description,
        owner: service.owner,
        schema: ramp.schema ?? null,
        publishers: ramp.publishers,
        readers: ramp.schema === undefined ? [] : service.readers,
        lakeReaders: ramp.schema === undefined ? [] : service.lakeReaders,
        rawReaders: service.rawReaders,
        lineage: lineageOf(project, service, ramp),
        fields: compiled === undefined ? [] : fieldsOf(compiled.schema, piiClasses),
      };
    }),
  );
  return { version: 1, project, ramps: ramps.toSorted((a, b) => (a.ramp < b.ramp ? -1 : 1)), piiClasses };
}

function lineageOf(project: string, service: Service, { id, address, table }: Ramp): Lineage {
  const topic = (name: string) => `projects/${project}/topics/${name}`;
  const files = (bucket: string) => `gs://${bucket}/${lakePrefix(address)}`;
  const inDataset = (name: string) => (table === undefined ? null : `${project}.${table.dataset}.${name}`);
  return {
    topic: topic(topics.ramp(service.id, id)),
    hub: topic(topics.hub),
    rawLake: files(buckets.rawLake(project)),
    structuredLake: table === undefined ? null : files(buckets.structuredLake(project)),
    table: inDataset(table?.table ?? ''),
    view: inDataset(tables.deduplicated(id)),
  };
}
