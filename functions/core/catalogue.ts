import type { RampAddress } from './names.ts';

/**
 * What the stages know about the ramps at run time: one JSON object in the registry bucket, written at deployment. A
 * ramp that is added there is served without a new deployment of any function.
 */
export interface Catalogue {
  readonly version: 1;
  readonly ramps: Readonly<Record<RampAddress, CatalogueRamp>>;
  /** The classes of `services/pii.yaml`, by id; absent when there is no such file, and every class is masked by HMAC. */
  readonly piiClasses?: PiiClasses;
}

export type PiiClasses = Readonly<Record<string, PiiClass>>;

/** How the fields of a class of personal data are kept in the structured lake and in the warehouse. */
export interface PiiClass {
  readonly mask: MaskName;
  /** How many characters or bytes `truncate` keeps. */
  readonly truncate?: number;
  /** Resource name of the policy tag that its columns get. */
  readonly policyTag?: string;
  readonly description?: string;
}

/** `hmac` makes tokens that join but cannot be read, `drop` makes no column, `none` keeps the value as it is. */
export type MaskName = 'hmac' | 'drop' | 'truncate' | 'none';

export interface CatalogueRamp {
  readonly owner: string;
  readonly description: string;
  /** Absent for a ramp without schema, which goes to the raw lake only. */
  readonly schema?: {
    /** Full name of the protobuf message, such as `acme.payment.v1.PaymentEvent`. Its versions are in its schema index. */
    readonly name: string;
  };
  readonly warehouse?: CatalogueTable;
  /** Present when the ramp takes what its service prints. */
  readonly logs?: CatalogueLogs;
}

/** Where in a log entry the payload is. */
export interface CatalogueLogs {
  /** As JSON, or as bytes in base64. */
  readonly payload: 'json' | 'base64';
  /** Field of the entry's `jsonPayload`; absent for all of it as JSON, and for the printed text as base64. */
  readonly field?: string;
}

/** Where a ramp's rows go, and how the table is laid out when it is made. */
export interface CatalogueTable {
  readonly dataset: string;
  readonly table: string;
  /** Column to partition by, by day; `onramp_publish_time` by default. */
  readonly partitionBy: string;
  readonly clusterBy: readonly string[];
  /** Days after which a partition is dropped; kept for ever when absent. */
  readonly expirationDays?: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Reads a catalogue. The deployment wrote it, so only its outline is checked. */
export function parseCatalogue(text: string): Catalogue {
  const value = JSON.parse(text) as Partial<Catalogue>;
  if (value.version !== 1 || typeof value.ramps !== 'object') {
    throw new Error(`the catalogue has version ${String(value.version)}; this build reads version 1`);
  }
  return value as Catalogue;
}
