import type { CatalogueLogs, CatalogueTable } from '../../functions/core/catalogue.ts';
import type { RampAddress } from '../../functions/core/names.ts';

/** A service as its service.yaml configures it, with every default resolved. */
export interface Service {
  readonly id: string;
  readonly owner: string;
  /** The service's own project; undefined when it lives in the platform's. */
  readonly project: string | undefined;
  /** IAM members that may query the service's dataset. */
  readonly readers: readonly string[];
  /** IAM members that may read the service's files of the structured lake. */
  readonly lakeReaders: readonly string[];
  /** IAM members that may read the service's files of the raw lake: every payload, unmasked. */
  readonly rawReaders: readonly string[];
  readonly ramps: readonly Ramp[];
}

export interface Ramp {
  readonly id: string;
  readonly address: RampAddress;
  /** Empty when none was written. */
  readonly description: string;
  /** Full name of the payload's message type; undefined for a ramp without schema. */
  readonly schema: string | undefined;
  /** Where its rows go; undefined for a ramp without schema. */
  readonly table: CatalogueTable | undefined;
  /** IAM members that may publish on it: the service's and the ramp's own. */
  readonly publishers: readonly string[];
  /** What it takes of what its service prints; undefined when it takes nothing. */
  readonly logs: RampLogs | undefined;
}

export interface RampLogs extends CatalogueLogs {
  /** https://cloud.google.com/logging/docs/view/logging-query-language */
  readonly filter: string;
}
