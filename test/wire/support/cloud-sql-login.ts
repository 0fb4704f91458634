import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Reads from a stream until there are enough bytes: exactly so many, and the rest goes back. */
async function take(stream: Duplex, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = stream.read(bytes) as Buffer | null;
    if (chunk !== null && chunk.length === bytes) return chunk;
    if (stream.destroyed || stream.readableEnded) throw new Error('the stream is at its end');
    await new Promise<void>(resolve => {
      const go = () => {
        stream.off('readable', go).off('close', go);
        resolve();
      };
      stream.on('readable', go).on('close', go);
    });
  }
}

function pipe(client: Duplex, database: Socket): void {
  client.pipe(database).pipe(client);
  client.once('close', () => database.destroy());
  database.once('close', () => client.destroy());
}

/** What comes after the proxy of an instance: its login, and then a real database that asks for nothing. */
export type Behind = (client: Duplex, port: number, account: string | undefined, byIam: boolean) => void;

const started = (port: number): Socket => connect({ host: '127.0.0.1', port }).on('error', () => undefined);

const failing =
  (login: (...args: Parameters<Behind>) => Promise<void>): Behind =>
  (client, ...args) => {
    login(client, ...args).catch(() => client.destroy());
  };

/**
 * PostgreSQL of Cloud SQL: IAM login is for the user that has the account's name, and a password for others.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export const postgresBehind: Behind = failing(async (client, port, account, byIam) => {
  const length = await take(client, 4);
  const startup = await take(client, length.readUInt32BE() - 4);
  const parameters = startup.subarray(4).toString().split('\0');
  const user = parameters[parameters.indexOf('user') + 1] ?? '';
  if (byIam && user !== account?.replace(/\.gserviceaccount\.com$/, '')) {
    const message = `Cloud SQL IAM user authentication failed for user "${user}"`;
    const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0\0`);
    const header = Buffer.alloc(5, 'E');
    header.writeUInt32BE(fields.length + 4, 1);
    client.end(Buffer.concat([header, fields]));
    return;
  }
  const database = started(port);
  database.write(Buffer.concat([length, startup]));
  pipe(client, database);
});

/**
 * MySQL of Cloud SQL: it asks users of IAM for a password in clear text, and looks at the certificate's account in its
 * place. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
export const mysqlBehind: Behind = failing(async (client, port, account, byIam) => {
  const database = started(port);
  if (!byIam) {
    pipe(client, database);
    return;
  }
  client.write(await packet(database));
  const response = await packet(client);
  const user = response.toString('utf8', 36, response.indexOf(0, 36));
  client.write(framed(2, Buffer.from('\xfemysql_clear_password\0', 'latin1')));
  const password = (await packet(client)).subarray(4);
  if (user !== account?.split('@')[0] || !password.equals(Buffer.of(0))) {
    const message = `Access denied for user '${user}'@'cloudsqlproxy' (using password: ${password.length > 1 ? 'YES' : 'NO'})`;
    client.end(framed(4, Buffer.concat([Buffer.of(0xff, 0x15, 0x04), Buffer.from(`#28000${message}`)])));
    return;
  }
  database.write(response);
  // Its packets count from the client's first answer on, as if nobody had asked for a password.
  const outcome = await packet(database);
  outcome[3] = 4;
  client.write(outcome);
  pipe(client, database);
});

async function packet(stream: Duplex): Promise<Buffer> {
  const header = await take(stream, 4);
  return Buffer.concat([header, await take(stream, header.readUIntLE(0, 3))]);
}

function framed(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}
