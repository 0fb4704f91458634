import type { Catalogue, CatalogueLogs, CatalogueRamp, PiiClasses } from '../functions/core/catalogue.ts';
import type { Ramp, RampLogs, Service } from './config/service.ts';

/** What the stages are told of the ramps. */
export function catalogueOf(services: readonly Service[], piiClasses?: PiiClasses): Catalogue {
  const entries = services.flatMap(service =>
    service.ramps.map(ramp => [ramp.address, catalogueRamp(service, ramp)] as const),
  );
  return { version: 1, ramps: Object.fromEntries(entries), ...(piiClasses !== undefined && { piiClasses }) };
}

function catalogueRamp(service: Service, ramp: Ramp): CatalogueRamp {
  return {
    owner: service.owner,
    description: ramp.description,
    ...(ramp.schema !== undefined && { schema: { name: ramp.schema } }),
    ...(ramp.table !== undefined && { warehouse: ramp.table }),
    ...(ramp.logs !== undefined && { logs: catalogueLogs(ramp.logs) }),
  };
}

/** The filter is the sink's alone. */
const catalogueLogs = ({ payload, field }: RampLogs): CatalogueLogs => ({
  payload,
  ...(field !== undefined && { field }),
});
