import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts of a certificate and its private key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly name: string;
  /** Host names and IPv4 addresses that the certificate is for. */
  readonly hosts?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
}

export interface Authority extends Certificate {
  /** A certificate with a new key. */
  issue(subject: Subject): Certificate;
  /** A certificate for somebody else's public key, a PEM text. */
  certify(subject: Subject, publicKey: string): string;
}

const day = 86_400_000;

/** An authority of a test's own, without a program to make it. */
export function authority(name: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certify = (subject: Subject, publicKey: KeyObject, isAuthority = false) =>
    certificateOf(subject, { name, key: own.privateKey }, publicKey, isAuthority);
  return {
    certificate: certify({ name }, own.publicKey, true),
    key: pemOf(own.privateKey),
    issue(subject) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return { certificate: certify(subject, publicKey), key: pemOf(privateKey) };
    },
    certify: (subject, publicKey) => certify(subject, createPublicKey(publicKey)),
  };
}

/** A certificate that is signed with its own key. */
export function selfSigned(subject: Subject): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = certificateOf(subject, { name: subject.name, key: privateKey }, publicKey, false);
  return { certificate, key: pemOf(privateKey) };
}

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** X.509 version 3, https://www.rfc-editor.org/rfc/rfc5280#section-4.1, signed by ECDSA with SHA-256. */
function certificateOf(
  { name, hosts = [], from = new Date(Date.now() - day), to = new Date(Date.now() + day) }: Subject,
  issuer: { readonly name: string; readonly key: KeyObject },
  publicKey: KeyObject,
  isAuthority: boolean,
): string {
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    nameOf(issuer.name),
    sequence(timeOf(from), timeOf(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(hosts, isAuthority))),
  );
  const signature = sign('sha256', toSign, issuer.key);
  const whole = sequence(toSign, algorithm, der(0x03, Buffer.of(0), signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function extensions(hosts: readonly string[], isAuthority: boolean): readonly Buffer[] {
  const critical = der(0x01, Buffer.of(0xff));
  const constraints = sequence(...(isAuthority ? [critical] : []));
  const names = hosts.map(host =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  return [
    sequence(oid(0x55, 0x1d, 0x13), critical, der(0x04, constraints)),
    ...(names.length === 0 ? [] : [sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(...names)))]),
  ];
}

const nameOf = (name: string) => sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));

/** UTCTime, which has no century. */
const timeOf = (time: Date) => der(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));

const oid = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes));

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
