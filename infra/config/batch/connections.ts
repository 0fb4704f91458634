import type { Connection, SqlConnection } from '../../../functions/core/batch/connection.ts';
import { didYouMean } from '../suggest.ts';
import type { Finding } from '../yaml-file.ts';
import { type ConnectionKind, type ConnectionYaml, connectionShapes } from './connections-shape.ts';
import { parseShape } from './parse-shape.ts';
import { secretReference } from './secret.ts';
import { tlsFindings, tlsOf } from './tls-shape.ts';

export interface Connections {
  /** Those that are right. */
  readonly connections: Readonly<Record<string, Connection>>;
  /** Every id that was written, also of those that are wrong, so that what refers to them is not reported, too. */
  readonly ids: readonly string[];
  readonly findings: Finding[];
}

const kinds = Object.keys(connectionShapes) as ConnectionKind[];

/** Reads a connections.yaml. `project` is where a database lies that names none. */
export function parseConnections(value: unknown, project: string): Connections {
  if (value === null || value === undefined) return { connections: {}, ids: [], findings: [] };
  if (typeof value !== 'object' || Array.isArray(value)) {
    const mend = 'write a mapping of ids to connections, such as { payment-db: { kind: postgres, … } }';
    return { connections: {}, ids: [], findings: [{ path: [], what: 'the file is no mapping', mend }] };
  }
  const entries = Object.entries(value as Record<string, unknown>);
  const findings: Finding[] = [];
  const connections: [string, Connection][] = [];
  for (const [id, written] of entries) {
    const { connection, wrong } = parseConnection(written, project);
    findings.push(...wrong.map(finding => ({ ...finding, path: [id, ...finding.path] })));
    if (connection !== undefined) connections.push([id, connection]);
  }
  return { connections: Object.fromEntries(connections), ids: entries.map(([id]) => id), findings };
}

function parseConnection(written: unknown, project: string): { connection?: Connection; wrong: Finding[] } {
  const kind: unknown = typeof written === 'object' && written !== null && 'kind' in written ? written.kind : undefined;
  const known = kinds.find(candidate => candidate === kind);
  if (known === undefined) {
    const what = kind === undefined ? '"kind" is missing' : `there is no kind of connection ${JSON.stringify(kind)}`;
    const near = typeof kind === 'string' ? didYouMean(kind, kinds) : undefined;
    return {
      wrong: [{ path: kind === undefined ? [] : ['kind'], what, mend: near ?? `write one of ${kinds.join(', ')}` }],
    };
  }
  const secrets = secretValues(written);
  const { data, findings } = parseShape<ConnectionYaml>(connectionShapes[known], written);
  const others = findings.filter(({ path }) => !secrets.some(secret => secret.path[0] === path[0]));
  const wrong = [...secrets, ...others, ...(data === undefined ? [] : choiceFindings(data))];
  return data === undefined || wrong.length > 0 ? { wrong } : { connection: connectionOf(data, project), wrong };
}

/** Keys under which people write secrets where none may be. */
function secretValues(written: unknown): Finding[] {
  return Object.keys(written as object)
    .filter(key => /^(?:password|passwd|pwd|secret|private_key|credentials)$/i.test(key))
    .map(key => ({
      path: [key],
      atKey: true,
      what: `"${key}" would hold a secret in this file`,
      mend: 'put it into Secret Manager, write auth: { secret: projects/<project>/secrets/<secret> }, and replace the secret',
    }));
}

/** What is wrong between keys. */
function choiceFindings(data: ConnectionYaml): Finding[] {
  if (data.kind === 'slack') {
    const given = [data.webhook, data.token].filter(reference => reference !== undefined).length;
    const mend = 'write either "webhook" or "token"';
    return given === 1 ? [] : [{ path: [], what: `a connection of kind slack has ${given} ways to post`, mend }];
  }
  return data.kind === 'postgres' || data.kind === 'mysql' ? sqlFindings(data) : [];
}

type SqlYaml = Extract<ConnectionYaml, { kind: 'postgres' | 'mysql' }>;

function sqlFindings(data: SqlYaml): Finding[] {
  const findings: Finding[] = [];
  if ((data.instance === undefined) === (data.host === undefined)) {
    const what =
      data.host === undefined
        ? 'neither "instance" nor "host" says where the database is'
        : '"instance" and "host" are both written';
    findings.push({ path: [], what, mend: 'write "instance" for Cloud SQL, or "host" for another server' });
  }
  if (data.instance !== undefined && data.port !== undefined) {
    findings.push({
      path: ['port'],
      atKey: true,
      what: 'Cloud SQL’s connector knows the port itself',
      mend: 'remove "port"',
    });
  }
  if (data.instance !== undefined && data.tls !== undefined) {
    findings.push({
      path: ['tls'],
      atKey: true,
      what: 'Cloud SQL’s connector encrypts and checks by itself',
      mend: 'remove "tls"',
    });
  }
  if (data.host !== undefined && data.ip !== undefined) {
    findings.push({
      path: ['ip'],
      atKey: true,
      what: 'only an instance of Cloud SQL has addresses to choose from',
      mend: 'remove "ip", or write "instance" in place of "host"',
    });
  }
  if (data.tls !== undefined) findings.push(...tlsFindings(data.tls));
  if (data.instance !== undefined && data.auth === 'iam') findings.push(...iamUserFindings(data));
  if (data.host !== undefined && data.auth === 'iam') {
    findings.push({
      path: ['auth'],
      what: 'IAM login is of Cloud SQL alone',
      mend: 'write "instance" in place of "host", or auth: { secret: projects/<project>/secrets/<secret> }',
    });
  }
  return findings;
}

/**
 * A service account's name as a database user:
 * https://cloud.google.com/sql/docs/postgres/iam-authentication and https://cloud.google.com/sql/docs/mysql/iam-authentication
 */
function iamUserFindings({ kind, user }: SqlYaml): Finding[] {
  const [name, domain] = user.split('@');
  const path = ['user'];
  if (kind === 'mysql' && domain !== undefined) {
    const what = 'MySQL knows a service account by what is before the "@"';
    return [{ path, what, mend: `write user: ${name ?? ''}` }];
  }
  if (kind === 'postgres' && user.endsWith('.gserviceaccount.com')) {
    const what = 'PostgreSQL knows a service account without ".gserviceaccount.com"';
    return [{ path, what, mend: `write user: ${user.slice(0, -'.gserviceaccount.com'.length)}` }];
  }
  if (kind === 'postgres' && domain === undefined) {
    const what = 'PostgreSQL knows a service account by its e-mail without ".gserviceaccount.com"';
    return [{ path, what, mend: `write user: export-<service>@<project>.iam` }];
  }
  return [];
}

function connectionOf(data: ConnectionYaml, project: string): Connection {
  switch (data.kind) {
    case 'pagerduty':
      return { kind: 'pagerduty', routingKey: secretReference(data.routing_key) };
    case 'slack':
      return data.webhook === undefined
        ? { kind: 'slack', token: secretReference(data.token ?? '') }
        : { kind: 'slack', webhook: secretReference(data.webhook) };
    case 'spanner':
      return {
        kind: 'spanner',
        project: data.project ?? project,
        instance: data.instance,
        database: data.database,
        dataBoost: data.data_boost ?? false,
        priority: data.priority ?? 'medium',
      };
    case 'datastore':
      return { kind: 'datastore', project: data.project ?? project, database: data.database ?? '(default)' };
    case 'postgres':
    case 'mysql':
      return sqlConnection(data);
  }
}

function sqlConnection(data: SqlYaml): SqlConnection {
  const defaultPort = data.kind === 'postgres' ? 5432 : 3306;
  return {
    kind: data.kind,
    ...(data.instance === undefined
      ? { host: data.host ?? '', port: data.port ?? defaultPort }
      : { instance: data.instance }),
    ...(data.tls !== undefined && { tls: tlsOf(data.tls) }),
    ip: data.ip ?? 'public',
    database: data.database,
    user: data.user,
    auth: data.auth === 'iam' ? { method: 'iam' } : { method: 'secret', secret: secretReference(data.auth.secret) },
  };
}
