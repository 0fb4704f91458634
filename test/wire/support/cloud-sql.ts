import { randomInt, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls';
import { authority } from '../../support/certificates.ts';
import { mysqlBehind, postgresBehind } from './cloud-sql-login.ts';

/** https://cloud.google.com/sql/docs/postgres/connect-connectors: the port of an instance's own proxy. */
const proxyPort = 3307;

/** An instance of Cloud SQL: real in what the connector sees of it, and a real database behind. */
export interface Instance {
  readonly version: 'POSTGRES_15' | 'MYSQL_8_4';
  /** Of the database, on this machine. */
  readonly port: number;
  /** By which it can be reached. */
  readonly ways: readonly ('public' | 'private' | 'psc')[];
  running: boolean;
}

/** A service account that metadata give tokens of. */
export interface Account {
  readonly email: string;
  readonly permissions: Set<string>;
}

interface State {
  /** How long certificates are good from when they are given. */
  certificateMillis: number;
  /** The API answers when it is resolved. */
  hold: Promise<void> | undefined;
  /** The name in certificates of instances that are added; their own when empty. */
  serverName: string;
}

interface Identity {
  /** Of IAM login. */
  readonly account?: Account;
}

const settings = /^\/sql\/v1beta4\/projects\/([^/]+)\/instances\/([^/:]+)\/connectSettings$/;
const certificates = /^\/sql\/v1beta4\/projects\/([^/]+)\/instances\/([^/:]+):generateEphemeralCert$/;
const token = '/computeMetadata/v1/instance/service-accounts/default/token';

/**
 * The Admin API's calls that the connector makes, the metadata server that it has its tokens from, and the proxies of
 * instances, which take TLS 1.3 with a certificate that the API gave, and nothing else.
 */
export async function startCloudSql(account: Account) {
  const serverAuthority = authority('Cloud SQL Server CA');
  const clientAuthority = authority('Cloud SQL Client CA');
  const instances = new Map<string, Instance>();
  const tokens = new Map<string, Account>();
  const identities = new Map<string, Identity>();
  const sockets = new Set<TLSSocket>();
  const servers: Server[] = [];
  const calls: string[] = [];
  // A block of its own of the loopback network, since the port is everybody's.
  const block = `127.${randomInt(1, 255)}.${randomInt(255)}`;
  const addresses = { public: `${block}.1`, private: `${block}.2`, psc: `${block}.3` };
  const state: State = { certificateMillis: 3_600_000, hold: undefined, serverName: '' };

  const answer = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, status: number, message: string, reason: string) =>
    answer(response, status, { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/computeMetadata/')) {
      const issued = randomUUID();
      tokens.set(issued, account);
      if (pathname === token) answer(response, 200, { access_token: issued, expires_in: 3600, token_type: 'Bearer' });
      else answer(response, 404, {});
      return;
    }
    const [, project = '', name = ''] = settings.exec(pathname) ?? certificates.exec(pathname) ?? [];
    calls.push(pathname);
    await state.hold;
    const caller = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (caller === undefined) {
      refuse(response, 401, 'Invalid Credentials', 'authError');
      return;
    }
    if (!caller.permissions.has('cloudsql.instances.connect')) {
      const message =
        'boss::NOT_AUTHORIZED: Not authorized to access resource. Possibly missing permission ' +
        `cloudsql.instances.connect on resource instances/${name}.`;
      refuse(response, 403, message, 'notAuthorized');
      return;
    }
    const instance = instances.get(`${project}:${name}`);
    if (instance === undefined) {
      refuse(response, 404, 'The Cloud SQL instance does not exist.', 'instanceDoesNotExist');
      return;
    }
    if (settings.test(pathname)) {
      answer(response, 200, settingsOf(instance));
      return;
    }
    if (!instance.running) {
      const message = 'The instance or operation is not in an appropriate state to handle the request.';
      refuse(response, 409, message, 'invalidState');
      return;
    }
    const asked = (await json(request)) as { readonly public_key: string; readonly access_token?: string };
    const login = asked.access_token === undefined ? undefined : tokens.get(asked.access_token);
    const id = randomUUID();
    identities.set(id, login === undefined ? {} : { account: login });
    const to = new Date(Date.now() + state.certificateMillis);
    answer(response, 200, { ephemeralCert: { cert: clientAuthority.certify({ name: id, to }, asked.public_key) } });
  }

  function settingsOf({ version, ways }: Instance) {
    const { certificate } = serverAuthority;
    const types = { public: 'PRIMARY', private: 'PRIVATE' } as const;
    return {
      kind: 'sql#connectSettings',
      backendType: 'SECOND_GEN',
      databaseVersion: version,
      region: 'asia-northeast1',
      ipAddresses: (['public', 'private'] as const)
        .filter(way => ways.includes(way))
        .map(way => ({ type: types[way], ipAddress: addresses[way] })),
      ...(ways.includes('psc') && {
        pscEnabled: true,
        dnsNames: [{ name: `${addresses.psc}.`, connectionType: 'PRIVATE_SERVICE_CONNECT', dnsScope: 'INSTANCE' }],
      }),
      serverCaCert: {
        cert: certificate,
        expirationTime: new Date(new X509Certificate(certificate).validTo).toISOString(),
      },
    };
  }

  async function proxy(name: string, instance: Instance, address: string): Promise<void> {
    const server = createTlsServer(
      {
        ca: clientAuthority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.3',
        ...certificateOf(state.serverName || name),
      },
      socket => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
        const identity = identities.get(String(socket.getPeerCertificate().subject.CN));
        if (identity === undefined) {
          socket.destroy();
          return;
        }
        // A user of IAM needs the role for it, besides the certificate.
        const mayLogIn = identity.account?.permissions.has('cloudsql.instances.login') === true;
        const behind = instance.version.startsWith('MYSQL') ? mysqlBehind : postgresBehind;
        behind(socket, instance.port, mayLogIn ? identity.account.email : undefined, identity.account !== undefined);
      },
    );
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    server.listen(proxyPort, address);
    await once(server, 'listening');
  }

  const certificateOf = (name: string) => {
    const { certificate, key } = serverAuthority.issue({ name });
    return { cert: certificate, key };
  };

  const api = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const endpoint = `127.0.0.1:${(api.address() as AddressInfo).port}`;

  return {
    /** What the environment has to say for Google's clients to come here. */
    environment: {
      CLOUD_SQL_ADMIN_EMULATOR_HOST: endpoint,
      GCE_METADATA_HOST: endpoint,
      METADATA_SERVER_DETECTION: 'assume-present',
    },
    /** Paths of the Admin API's calls so far. */
    calls,
    /** Connections to instances that are open. */
    sockets,
    /** What can be changed while it runs. */
    state,
    /** Certificates that were given so far are not taken any more. */
    revoke: () => identities.clear(),
    /** An instance whose addresses nobody answers at. */
    announce: (name: `${string}:${string}`, instance: Instance) => void instances.set(name, instance),
    async add(name: `${string}:${string}`, instance: Instance): Promise<Instance> {
      instances.set(name, instance);
      for (const way of instance.ways) await proxy(name, instance, addresses[way]);
      return instance;
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      api.closeAllConnections();
      await Promise.all([...servers, api].map(server => once(server.close(), 'close')));
    },
  };
}

export type CloudSql = Awaited<ReturnType<typeof startCloudSql>>;
