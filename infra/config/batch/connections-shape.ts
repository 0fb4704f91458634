import { z } from 'zod';
import { secretText } from './secret.ts';
import { tlsShape } from './tls-shape.ts';

const text = (error: string) => z.string({ error }).min(1, { error });

const auth = z.union(
  [
    z.literal('iam'),
    z.strictObject(
      { secret: secretText('of the database user’s password') },
      { error: 'write auth: iam, or auth: { secret: projects/<project>/secrets/<secret> }' },
    ),
  ],
  { error: 'write auth: iam, or auth: { secret: projects/<project>/secrets/<secret> }; never a password' },
);

const sql = {
  instance: z
    .string({ error: 'write the instance’s connection name, such as acme-payment:asia-northeast1:payment' })
    .regex(/^[a-z][a-z0-9.:-]*:[a-z0-9-]+:[a-z0-9-]+$/, {
      error: 'write the instance’s connection name, such as acme-payment:asia-northeast1:payment',
    })
    .optional(),
  ip: z.enum(['public', 'private', 'psc'], { error: 'write public, private or psc' }).optional(),
  host: text('write the database server’s host name or address').optional(),
  tls: tlsShape.optional(),
  port: z.int({ error: 'write a port from 1 to 65535' }).min(1).max(65_535).optional(),
  database: text('write the name of the database'),
  user: text('write the name of the database user'),
  auth,
};

const spanner = {
  kind: z.literal('spanner'),
  project: text('write the id of the database’s project').optional(),
  instance: text('write the id of the Spanner instance'),
  database: text('write the name of the database'),
  data_boost: z.boolean({ error: 'write true or false' }).optional(),
  priority: z.enum(['low', 'medium', 'high'], { error: 'write low, medium or high' }).optional(),
};

const datastore = {
  kind: z.literal('datastore'),
  project: text('write the id of the database’s project').optional(),
  database: text('write the id of the database; leave it out for (default)').optional(),
};

/** The shape of each kind of connection. */
export const connectionShapes = {
  postgres: z.strictObject({ kind: z.literal('postgres'), ...sql }),
  mysql: z.strictObject({ kind: z.literal('mysql'), ...sql }),
  spanner: z.strictObject(spanner),
  datastore: z.strictObject(datastore),
  pagerduty: z.strictObject({ kind: z.literal('pagerduty'), routing_key: secretText('with the routing key') }),
  slack: z.strictObject({
    kind: z.literal('slack'),
    webhook: secretText('with the webhook’s URL').optional(),
    token: secretText('with the bot’s token').optional(),
  }),
} as const;

export type ConnectionKind = keyof typeof connectionShapes;

export type ConnectionYaml = z.output<(typeof connectionShapes)[ConnectionKind]>;
