import {
  type BatchService,
  destinationId,
  type ExportConfig,
  type Pool,
  type Written,
} from '../../../functions/core/batch/config.ts';
import type { Connection } from '../../../functions/core/batch/connection.ts';
import { templatesOf } from '../../../functions/core/batch/rendered-export.ts';
import { intervalFrom, manualInterval, ticksOf } from '../../../functions/core/batch/schedule.ts';
import { templateErrors } from '../../../functions/core/batch/templates.ts';
import type { PiiClasses } from '../../../functions/core/catalogue.ts';
import { exportFunction, nameProblem } from '../../../functions/core/names.ts';
import type { Problem } from '../problem.ts';
import { type Finding, parseYamlFile, type YamlFile } from '../yaml-file.ts';
import { parseConnections } from './connections.ts';
import { exportConfig } from './export-config.ts';
import { exportFindings } from './export-findings.ts';
import { type ExportYaml, exportShape } from './export-shape.ts';
import { parseShape } from './parse-shape.ts';
import { parsePools } from './pools.ts';
import { type Known, scheduleFindings } from './schedule.ts';
import { type ScheduleYaml, scheduleShape } from './schedule-shape.ts';

/** A file as it was read. */
export interface ReadFile {
  /** Path from the project's root. */
  readonly file: string;
  readonly text: string;
}

/** The batch layer's files of one service. */
export interface BatchFiles {
  readonly service: string;
  /** Of its service.yaml; undefined when that is wrong. */
  readonly owner: string | undefined;
  readonly project: string | undefined;
  readonly schedule: ReadFile | undefined;
  readonly connections: ReadFile | undefined;
  readonly exports: readonly (ReadFile & { readonly id: string })[];
}

export interface BatchConfiguration {
  /** Those that have a schedule.yaml; empty when there are problems. */
  readonly services: readonly BatchService[];
  readonly pools: readonly Pool[];
  readonly problems: readonly Problem[];
}

/**
 * Checks the whole batch layer. `shared` is services/connections.yaml, `pools` services/pools.ini, and `classes` are those
 * of services/pii.yaml, where there is one.
 */
export function validateBatch(
  services: readonly BatchFiles[],
  shared: ReadFile | undefined,
  pools: ReadFile | undefined,
  classes?: PiiClasses,
): BatchConfiguration {
  const problems: Problem[] = [];
  const parsedPools = pools === undefined ? { pools: [], ids: [], problems: [] } : parsePools(pools.file, pools.text);
  problems.push(...parsedPools.problems);
  const sharedConnections = connectionsOf(shared, '', problems);
  const taken = new Map<string, string>();
  const batch = services.flatMap(files => {
    const service = validateService(files, sharedConnections, parsedPools.ids, classes, taken, problems);
    return service === undefined ? [] : [service];
  });
  return problems.length > 0
    ? { services: [], pools: [], problems }
    : { services: batch, pools: parsedPools.pools, problems };
}

interface ReadConnections {
  readonly connections: Readonly<Record<string, Connection>>;
  readonly ids: readonly string[];
}

function connectionsOf(read: ReadFile | undefined, project: string, problems: Problem[]): ReadConnections {
  if (read === undefined) return { connections: {}, ids: [] };
  const yaml = parseYamlFile(read.file, read.text);
  problems.push(...yaml.problems);
  const { findings, ...parsed } = parseConnections(yaml.value, project);
  problems.push(...findings.map(finding => yaml.problemOf(finding)));
  return parsed;
}

function validateService(
  files: BatchFiles,
  shared: ReadConnections,
  pools: readonly string[],
  classes: PiiClasses | undefined,
  taken: Map<string, string>,
  problems: Problem[],
): BatchService | undefined {
  const { service, schedule: read } = files;
  if (read === undefined) {
    const first = files.exports[0] ?? files.connections;
    if (first !== undefined) {
      const file = `services/${service}/schedule.yaml`;
      problems.push({
        file,
        line: 1,
        column: 1,
        what: `the file is missing, and there is ${first.file}`,
        mend: 'write it',
      });
    }
    return undefined;
  }
  const yaml = parseYamlFile(read.file, read.text);
  problems.push(...yaml.problems);
  if (yaml.value === undefined) return undefined;
  const { data: schedule, findings } = parseShape<ScheduleYaml>(scheduleShape, yaml.value);
  problems.push(...findings.map(finding => yaml.problemOf(finding)));
  const own = connectionsOf(files.connections, schedule?.project ?? files.project ?? '', problems);
  const connections = { ...shared.connections, ...own.connections };
  const known: Known = {
    connections,
    connectionIds: [...new Set([...own.ids, ...shared.ids])],
    pools,
  };
  if (schedule !== undefined) {
    const found = [...scheduleFindings(schedule, schedule, known), ...projectFindings(schedule, files)];
    problems.push(...found.map(finding => yaml.problemOf(finding)));
  }
  const before = problems.length;
  const exports = files.exports.flatMap(file => {
    const config = validateExport(service, file, schedule, known, classes, taken, problems);
    return config === undefined ? [] : [config];
  });
  if (schedule === undefined) return undefined;
  problems.push(...cloudSqlFindings(service, schedule, exports, known).map(finding => yaml.problemOf(finding)));
  if (problems.length > before) return undefined;
  return {
    id: service,
    owner: files.owner ?? '',
    project: schedule.project,
    ...(schedule.subnet !== undefined && { subnet: schedule.subnet }),
    connections,
    exports,
  };
}

/** What is wrong between a service's exports and the databases on Cloud SQL that they read. */
function cloudSqlFindings(
  service: string,
  { project, subnet, gcp_conn_id }: ScheduleYaml,
  exports: readonly ExportConfig[],
  { connections }: Known,
): Finding[] {
  const account = exportFunction(service);
  return [...new Set([gcp_conn_id, ...exports.map(({ connection }) => connection)])].flatMap((id): Finding[] => {
    const connection = connections[id];
    if (connection === undefined || !('instance' in connection) || connection.kind === 'spanner') return [];
    const { ip, kind, auth, user } = connection;
    const found: Finding[] = [];
    if (ip !== 'public' && subnet === undefined) {
      const what = `the connection "${id}" has ip: ${ip}, and the exports are in no network that leads there`;
      found.push({ path: [], what, mend: 'write subnet: projects/<project>/regions/<region>/subnetworks/<name>' });
    }
    const own = kind === 'mysql' ? account : `${account}@${project}.iam`;
    if (auth.method === 'iam' && user !== own) {
      const what = `the connection "${id}" logs in by IAM as "${user}", and the exports are another account`;
      found.push({ path: [], what, mend: `write user: ${own} in connections.yaml` });
    }
    return found;
  });
}

function projectFindings({ project }: ScheduleYaml, files: BatchFiles): Finding[] {
  const broken = nameProblem('project', project);
  if (broken !== undefined) {
    return [{ path: ['project'], what: broken, mend: 'write the project’s id, not its name or its number' }];
  }
  // Of its exports’ account, which has the shortest of the names that are made of the service’s.
  const long = nameProblem('account', exportFunction(files.service));
  if (long !== undefined) return [{ path: [], what: long, mend: 'shorten the name of the service’s folder' }];
  if (files.project === undefined || files.project === project) return [];
  const what = `the project is ${project} here, and ${files.project} in service.yaml`;
  return [{ path: ['project'], what, mend: 'write the same in both' }];
}

/** Ids of exports become labels, parts of objects’ names and of functions’ arguments. */
const exportId = /^[a-z](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

function validateExport(
  service: string,
  { id, file, text }: BatchFiles['exports'][number],
  schedule: ScheduleYaml | undefined,
  known: Known,
  classes: PiiClasses | undefined,
  taken: Map<string, string>,
  problems: Problem[],
): ExportConfig | undefined {
  const yaml = parseYamlFile(file, text);
  const before = problems.length;
  problems.push(...yaml.problems);
  const report = (findings: readonly Finding[]) => problems.push(...findings.map(finding => yaml.problemOf(finding)));
  if (!exportId.test(id)) {
    const rule = '1 to 63 lower-case letters, digits, hyphens and underscores, starting with a letter';
    report([{ path: [], what: `the export name "${id}" breaks the rule: ${rule}`, mend: 'rename the file' }]);
  }
  if (yaml.value === undefined) return undefined;
  const { data: written, findings } = parseShape<ExportYaml>(exportShape, yaml.value);
  report(findings);
  if (written === undefined) return undefined;

  const { project: _project, mask_key, subnet: _subnet, ...inherited } = schedule ?? { project: '' };
  const effective = { ...inherited, ...written.schedule };
  report(
    scheduleFindings(written.schedule ?? {}, effective, known).map(finding => ({
      ...finding,
      path: ['schedule', ...finding.path],
    })),
  );
  const connection = effective.gcp_conn_id === undefined ? undefined : known.connections[effective.gcp_conn_id];
  report(exportFindings(written, connection, { hasKey: mask_key !== undefined, classes }));
  report(takenFindings(written, `${service}/${id}`, taken));
  if (schedule === undefined || problems.length > before) return undefined;

  const config = exportConfig(service, id, schedule, written, known, classes, {
    source: writtenAt(yaml, file, text, [written.query === undefined ? 'entity' : 'query']),
    merge: index => writtenAt(yaml, file, text, ['bigquery', index, 'merge_query']),
  });
  problems.push(...templateProblems(config, text));
  return problems.length > before ? undefined : config;
}

/** Two exports that write one table would overwrite each other. */
function takenFindings({ bigquery }: ExportYaml, address: string, taken: Map<string, string>): Finding[] {
  return bigquery.flatMap((destination, index): Finding[] => {
    const id = destinationId({ ...destination, project: destination.project ?? '' });
    const owner = taken.get(id);
    taken.set(id, owner ?? address);
    if (owner === undefined) return [];
    const what = `the table ${id.replace(/^\./, '')} is ${owner === address ? 'written twice by this export' : `that of the export ${owner} too`}`;
    return [{ path: ['bigquery', index, 'table'], what, mend: 'choose another table' }];
  });
}

/** The line of a value's first line of text, which in a block is the one below its key. */
function writtenAt(yaml: YamlFile, file: string, text: string, path: Finding['path']): Written {
  const { line, column } = yaml.problemOf({ path, what: '', mend: '' });
  const indicator = text.split('\n')[line - 1]?.[column - 1];
  return { file, line: indicator === '|' || indicator === '>' ? line + 1 : line };
}

/** Dates at which templates are tried: an ordinary day, and the ends of a leap year's February and of a year. */
const samples = ['2026-06-15T12:00:00Z', '2028-03-01T00:00:00Z', '2027-01-01T00:00:00Z'];

function templateProblems(config: ExportConfig, text: string): Problem[] {
  const { address, schedule, overlapMinutes } = config;
  const lines = text.split('\n');
  return templatesOf(config).flatMap(({ template, params, written }) => {
    const contexts = samples.map(sample => {
      const start = ticksOf(schedule).previous(Date.parse(sample));
      const interval =
        (start === undefined ? undefined : intervalFrom(schedule, start)) ?? manualInterval(schedule, new Date(sample));
      return { address, schedule, interval, params, overlapMinutes };
    });
    return templateErrors(template, contexts).map(({ line, column, what, mend }): Problem => {
      const at = written.line + line - 1;
      // A text in quotes may be written otherwise than it reads; then the column is that of the template's own line.
      const before = Math.max(0, (lines[at - 1] ?? '').indexOf(template.split('\n')[line - 1] ?? ''));
      return { file: written.file, line: at, column: before + column, what: `in the template, ${what}`, mend };
    });
  });
}
