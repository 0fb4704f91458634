import type { BatchService, ExportConfig } from './config.ts';
import type { Connection, SecretReference } from './connection.ts';

/** What the export function of a service is given: passwords of databases and keys of masks, each once. */
export function secretsOfExports({ exports, connections }: BatchService): readonly SecretReference[] {
  return unique(
    exports.flatMap(config => {
      const connection = connections[config.connection];
      return [...passwordOf(connection), ...keysOf(config)];
    }),
  );
}

/** What tells people of alerts is given, of all services: routing keys, webhooks and tokens, each once. */
export function secretsOfAlerts(services: readonly BatchService[]): readonly SecretReference[] {
  return unique(
    services.flatMap(({ exports, connections }) =>
      exports
        .flatMap(({ alerting }) => [alerting.slack?.connection, alerting.pagerDuty])
        .flatMap(id => (id === undefined ? [] : channelSecretOf(connections[id]))),
    ),
  );
}

const passwordOf = (connection: Connection | undefined): readonly SecretReference[] =>
  connection !== undefined && 'auth' in connection && connection.auth.method === 'secret'
    ? [connection.auth.secret]
    : [];

const keysOf = ({ columns }: ExportConfig): readonly SecretReference[] =>
  Object.values(columns).flatMap(({ mask }) => (mask?.method === 'hmac' ? [mask.key] : []));

function channelSecretOf(connection: Connection | undefined): readonly SecretReference[] {
  if (connection?.kind === 'pagerduty') return [connection.routingKey];
  if (connection?.kind !== 'slack') return [];
  return ['webhook' in connection ? connection.webhook : connection.token];
}

const unique = <T extends string>(all: readonly T[]): readonly T[] => [...new Set(all)].toSorted();
