/** Where a service is that runs in the local cloud; undefined on Google Cloud. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Reads an address such as `127.0.0.1:8401`, with or without scheme. */
export function parseEndpoint(address: string | undefined): Endpoint | undefined {
  if (!address) return undefined;
  const url = new URL(address.includes('://') ? address : `http://${address}`);
  return { host: url.hostname, port: Number(url.port) };
}
