import type { BatchService, ExportConfig } from './config.ts';
import type { Connection, SecretReference } from './connection.ts';
import { keyedMask } from './masks.ts';

/** What the export function of a service is given: passwords, certificates and keys of databases, and keys of masks. */
export function secretsOfExports({ exports, connections }: BatchService): readonly SecretReference[] {
  return unique(
    exports.flatMap(config => {
      const connection = connections[config.connection];
      return [...passwordOf(connection), ...tlsSecretsOf(connection), ...keysOf(config)];
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

function tlsSecretsOf(connection: Connection | undefined): readonly SecretReference[] {
  if (connection === undefined || !('tls' in connection)) return [];
  const { ca, client } = connection.tls;
  const certificates = [ca, client?.certificate].flatMap(pem => (pem && 'secret' in pem ? [pem.secret] : []));
  return client === undefined ? certificates : [...certificates, client.key];
}

const keysOf = ({ columns }: ExportConfig): readonly SecretReference[] =>
  Object.values(columns).flatMap(({ mask }) => keyedMask(mask)?.key ?? []);

function channelSecretOf(connection: Connection | undefined): readonly SecretReference[] {
  if (connection?.kind === 'pagerduty') return [connection.routingKey];
  if (connection?.kind !== 'slack') return [];
  return ['webhook' in connection ? connection.webhook : connection.token];
}

const unique = <T extends string>(all: readonly T[]): readonly T[] => [...new Set(all)].toSorted();
