/** What `gcp_conn_id`, `pd_conn_id` and `slack_conn_id` name. Never holds a secret, only where Secret Manager has it. */
export type Connection = DatabaseConnection | PagerDutyConnection | SlackConnection;

export type DatabaseConnection = SqlConnection | SpannerConnection | DatastoreConnection;

/** A PostgreSQL or MySQL database: on Cloud SQL when `instance` is set, else at `host` and `port`. */
export interface SqlConnection {
  readonly kind: 'postgres' | 'mysql';
  /** `<project>:<region>:<instance>` of Cloud SQL; reached through its connector. */
  readonly instance?: string;
  /** How the connector reaches the instance: by one of its addresses, or by Private Service Connect. */
  readonly ip: 'public' | 'private' | 'psc';
  readonly host?: string;
  readonly port?: number;
  readonly database: string;
  /** Database user; with IAM it is the export's account in the form of the database. */
  readonly user: string;
  readonly auth: Auth;
  /** Of a connection by host. When absent: `verify`, but `off` where the host is this machine. */
  readonly tls?: Tls;
}

export interface Tls {
  readonly mode: TlsMode;
  /** Certificates of the authorities that are trusted, in place of those that everybody trusts. */
  readonly ca?: Pem;
  /** The name that the server's certificate has to be for, when it is another than the host. */
  readonly serverName?: string;
  /** By what the server knows the client. */
  readonly client?: { readonly certificate: Pem; readonly key: SecretReference };
}

/**
 * Not encrypted; encrypted with any certificate; with one that a trusted authority has signed; with one that is for the
 * host besides. libpq has them as disable, require, verify-ca and verify-full.
 */
export const tlsModes = ['off', 'encrypt', 'verify-ca', 'verify'] as const;

export type TlsMode = (typeof tlsModes)[number];

/** Certificates, which are public; or where Secret Manager has them. */
export type Pem = { readonly pem: string } | { readonly secret: SecretReference };

/** IAM login with the account of the export, or a password in Secret Manager. */
export type Auth = { readonly method: 'iam' } | { readonly method: 'secret'; readonly secret: SecretReference };

/** `projects/<project>/secrets/<secret>/versions/<version>`; the version is `latest` when none was written. */
export type SecretReference = `projects/${string}/secrets/${string}/versions/${string}`;

export interface SpannerConnection {
  readonly kind: 'spanner';
  readonly project: string;
  readonly instance: string;
  readonly database: string;
  /** Reads on compute of their own: https://cloud.google.com/spanner/docs/databoost/databoost-overview */
  readonly dataBoost: boolean;
  readonly priority: 'low' | 'medium' | 'high';
}

export interface DatastoreConnection {
  readonly kind: 'datastore';
  readonly project: string;
  /** `(default)` unless another was written. */
  readonly database: string;
}

export interface PagerDutyConnection {
  readonly kind: 'pagerduty';
  readonly routingKey: SecretReference;
}

/** Posts by a webhook, whose channel is fixed, or with a bot's token, which may post to any channel it is in. */
export type SlackConnection =
  | { readonly kind: 'slack'; readonly webhook: SecretReference }
  | { readonly kind: 'slack'; readonly token: SecretReference };

export const databaseKinds = ['postgres', 'mysql', 'spanner', 'datastore'] as const;

export const isDatabase = (connection: Connection): connection is DatabaseConnection =>
  (databaseKinds as readonly string[]).includes(connection.kind);
