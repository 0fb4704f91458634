import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportAddress } from '../functions/core/batch/config.ts';
import { type ExportsCatalogue, findExport } from '../functions/core/batch/exports-catalogue.ts';
import type { PiiClasses } from '../functions/core/catalogue.ts';
import type { RampAddress } from '../functions/core/names.ts';
import { inPlatform } from '../infra/config/batch/in-platform.ts';
import { piiUsageProblems } from '../infra/config/pii-usage.ts';
import { ConfigurationError, type Problem, sortProblems } from '../infra/config/problem.ts';
import { readPii } from '../infra/config/read-pii.ts';
import { readServices } from '../infra/config/read-services.ts';
import type { Ramp, Service } from '../infra/config/service.ts';
import { didYouMean, listed } from '../infra/config/suggest.ts';
import { type CompiledSchemas, compileSchemas } from '../infra/schemas.ts';
import { UsageError } from './problems.ts';
import { readStackFile, stackFiles } from './stack-config.ts';

interface Configuration {
  /** Empty when there are problems. */
  readonly services: readonly Service[];
  /** Without services when there are problems. */
  readonly exports: ExportsCatalogue;
  /** Undefined when proto/ does not compile. */
  readonly schemas: CompiledSchemas | undefined;
  /** How classes of personal data are masked; undefined when none are configured. */
  readonly piiClasses: PiiClasses | undefined;
  readonly problems: readonly Problem[];
}

/** Reads everything that users configure under `root`. Throws a UsageError where there is nothing of the kind. */
export function checkConfiguration(root: string): Configuration {
  if (!existsSync(join(root, 'services'))) {
    throw new UsageError(`there is no folder services in ${root}`, 'Name the folder that holds it with --root.');
  }
  const pii = readPii(root);
  const { schemas, problems } = compileSchemas(root, pii.classes);
  const read = readServices(root, schemas, pii.classes);
  const unknown = piiUsageProblems(read.services, schemas, pii.classes);
  const all = [...problems, ...read.problems, ...pii.problems, ...unknown];
  return {
    services: all.length > 0 ? [] : read.services,
    exports: all.length > 0 ? { ...read.exports, services: [] } : read.exports,
    schemas,
    piiClasses: pii.classes,
    problems: sortProblems(all),
  };
}

/** The ramp at an address. Throws a UsageError when there is none, and a ConfigurationError with all problems. */
export function configuredRamp(
  root: string,
  address: string,
): { readonly ramp: Ramp; readonly schemas: CompiledSchemas } {
  const { services, schemas, problems } = checkConfiguration(root);
  if (problems.length > 0 || schemas === undefined) throw new ConfigurationError(problems);
  const ramps = services.flatMap(service => service.ramps);
  const ramp = ramps.find(candidate => candidate.address === address);
  if (ramp === undefined)
    throw unknownRamp(
      address,
      ramps.map(candidate => candidate.address),
    );
  return { ramp, schemas };
}

/**
 * What is configured, destinations without a project in that of the only stack. Throws a ConfigurationError with all
 * problems when there is any.
 */
export function validConfiguration(root: string): Configuration {
  const configuration = checkConfiguration(root);
  if (configuration.problems.length > 0) throw new ConfigurationError(configuration.problems);
  return { ...configuration, exports: inPlatform(configuration.exports, platformProject(root)) };
}

/** The project of the only stack, or a name that stands for any. */
function platformProject(root: string): string {
  const files = stackFiles(root);
  const [file] = files;
  const project = file !== undefined && files.length === 1 ? readStackFile(join(root, file))['project'] : undefined;
  return project ?? 'your-project';
}

/** An export, with its service. Throws a UsageError when there is none, and a ConfigurationError with all problems. */
export const configuredExport = (root: string, address: string) =>
  knownExport(validConfiguration(root).exports, address);

/** An export of a catalogue. Throws a UsageError when there is none. */
export function knownExport(exports: ExportsCatalogue, address: string): NonNullable<ReturnType<typeof findExport>> {
  const found = findExport(exports, address as ExportAddress);
  if (found !== undefined) return found;
  const known = exports.services.flatMap(service => service.exports.map(config => config.address));
  const near = didYouMean(address, known);
  const all = known.length === 0 ? 'No service has an export yet.' : `The exports are ${listed(known)}.`;
  throw new UsageError(`there is no export "${address}"`, near?.replace(/^d/, 'D') ?? all);
}

function unknownRamp(address: string, known: readonly RampAddress[]): UsageError {
  const near = didYouMean(address, known);
  const all = known.length === 0 ? 'No ramp is configured yet.' : `The ramps are ${listed(known)}.`;
  return new UsageError(`there is no ramp "${address}"`, near?.replace(/^d/, 'D') ?? all);
}
