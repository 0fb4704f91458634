import type { CatalogueTable } from '../../functions/core/catalogue.ts';
import { datasets, nameProblem, rampAddress, tables } from '../../functions/core/names.ts';
import type { TableLayout } from '../../functions/core/schema/descriptor-set.ts';
import { metadataColumn } from '../../functions/core/schema/metadata-columns.ts';
import type { CompiledSchemas } from '../schemas.ts';
import { memberProblem } from './member.ts';
import { type Problem, sortProblems } from './problem.ts';
import { rampFindings } from './ramp-findings.ts';
import { createNameRegister, type NameRegister } from './resource-names.ts';
import type { Ramp, RampLogs, Service } from './service.ts';
import { parseServiceYaml, type ServiceYaml } from './service-shape.ts';
import { type Finding, type Path, parseYamlFile } from './yaml-file.ts';

/** The text of one `services/<service>/service.yaml`. */
export interface ServiceFile {
  /** Name of its folder. */
  readonly service: string;
  /** Path of the file from the project's root. */
  readonly file: string;
  /** Undefined when the folder has no such file. */
  readonly text: string | undefined;
}

/**
 * Checks the configuration of all services. Every problem of every file is reported; services come with none only.
 * Without `schemas`, which did not compile, what refers to them is not checked.
 * The files come in the order in which the earlier one keeps a name that two ramps would share.
 */
export function validateServices(
  files: readonly ServiceFile[],
  schemas: CompiledSchemas | undefined,
): { readonly services: readonly Service[]; readonly problems: readonly Problem[] } {
  const names = createNameRegister();
  const services: Service[] = [];
  const problems: Problem[] = [];
  for (const { service: id, file, text } of files) {
    if (text === undefined) {
      problems.push({ file, line: 1, column: 1, what: 'the file is missing', mend: 'write it, or remove the folder' });
      continue;
    }
    const yaml = parseYamlFile(file, text);
    problems.push(...yaml.problems);
    if (yaml.value === undefined) continue;
    const { service, findings } = parseServiceYaml(yaml.value);
    const all = [...findings, ...serviceFindings(id, yaml.value, schemas, names)];
    problems.push(...all.map(finding => yaml.problemOf(finding)));
    if (service !== undefined && all.length === 0) services.push(freeze(serviceOf(id, service, schemas)));
  }
  return problems.length > 0 ? { services: [], problems: sortProblems(problems) } : { services, problems: [] };
}

/** Folders that are no service, since Onramp's own dataset has that name. */
const reserved: readonly string[] = [datasets.onramp];

/** What is wrong beyond the shape. Reads the file as it was written, so that one fault does not hide the next. */
function serviceFindings(
  id: string,
  value: unknown,
  schemas: CompiledSchemas | undefined,
  names: NameRegister,
): Finding[] {
  const { project, ramps } = mapping(value);
  const findings = memberKeys.flatMap(key => memberFindings(mapping(value)[key], [key]));

  const badId = nameProblem('service', id);
  if (badId !== undefined) findings.push({ path: [], what: badId, mend: 'rename the folder' });
  if (reserved.includes(id)) {
    findings.push({ path: [], what: `"${id}" is the name of Onramp’s own dataset`, mend: 'rename the folder' });
  }

  const badProject = typeof project === 'string' ? nameProblem('project', project) : undefined;
  if (badProject !== undefined) {
    findings.push({ path: ['project'], what: badProject, mend: 'write the project’s id, not its name or its number' });
  }

  for (const [ramp, written] of Object.entries(mapping(ramps))) {
    const settings = mapping(written);
    const path = ['ramps', ramp];
    const found = [
      ...rampFindings(id, ramp, settings, schemas, names),
      ...memberFindings(settings['publishers'], ['publishers']),
    ];
    findings.push(...found.map(finding => ({ ...finding, path: [...path, ...finding.path] })));
  }

  const hasTable = Object.values(mapping(ramps)).some(ramp => mapping(ramp)['schema'] !== undefined);
  for (const [key, place] of hasTable ? [] : needSchema) {
    const readers = mapping(value)[key];
    if (!Array.isArray(readers) || readers.length === 0) continue;
    findings.push({
      path: [key],
      atKey: true,
      what: `no ramp has a schema, so that there is no ${place} to read`,
      mend: `give a ramp a schema, or remove "${key}"`,
    });
  }
  return findings;
}

const memberKeys = ['publishers', 'readers', 'lake_readers', 'raw_readers'] as const;

/** What only ramps with a schema have, by the key that names its readers. */
const needSchema = [
  ['readers', 'dataset'],
  ['lake_readers', 'file of the structured lake'],
] as const;

function memberFindings(members: unknown, path: Path): Finding[] {
  if (!Array.isArray(members)) return [];
  return members.flatMap((member: unknown, index) => {
    const problem = typeof member === 'string' ? memberProblem(member) : undefined;
    return problem === undefined ? [] : [{ path: [...path, index], ...problem }];
  });
}

/** The value when it is a mapping, else an empty one: the shape's check has reported it. */
function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function serviceOf(id: string, written: ServiceYaml, schemas: CompiledSchemas | undefined): Service {
  return {
    id,
    owner: written.owner,
    project: written.project,
    readers: unique(written.readers ?? []),
    lakeReaders: unique(written.lake_readers ?? []),
    rawReaders: unique(written.raw_readers ?? []),
    ramps: Object.entries(written.ramps).map(
      ([ramp, settings]): Ramp => ({
        id: ramp,
        address: rampAddress(id, ramp),
        description: settings.description ?? '',
        schema: settings.schema,
        table:
          settings.schema === undefined
            ? undefined
            : tableOf(id, ramp, settings.warehouse ?? {}, schemas?.get(settings.schema)?.schema.layout ?? {}),
        publishers: unique([...(written.publishers ?? []), ...(settings.publishers ?? [])]),
        logs: settings.logs && logsOf(settings.logs),
      }),
    ),
  };
}

type Logs = NonNullable<ServiceYaml['ramps'][string]['logs']>;

const logsOf = ({ filter, payload, field }: Logs): RampLogs => ({
  filter,
  payload: payload ?? 'json',
  ...(field !== undefined && { field }),
});

type Warehouse = NonNullable<ServiceYaml['ramps'][string]['warehouse']>;

/** The layout that service.yaml asks for, or else the message's own options. */
function tableOf(service: string, ramp: string, layout: Warehouse, byMessage: TableLayout): CatalogueTable {
  return {
    dataset: datasets.service(service),
    table: tables.ramp(ramp),
    partitionBy: layout.partition_by ?? byMessage.partitionBy ?? metadataColumn.publishTime,
    clusterBy: layout.cluster_by ?? byMessage.clusterBy ?? [],
    ...(layout.expiration_days !== undefined && { expirationDays: layout.expiration_days }),
    labels: { service, ramp },
  };
}

const unique = (members: readonly string[]) => [...new Set(members)];

/** Freezes a plain value all the way down. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
