import type { Catalogue, CatalogueLogs, CatalogueRamp } from '../functions/core/catalogue.ts';
import type { Ramp, RampLogs, Service } from './config/service.ts';
import type { CompiledSchemas } from './schemas.ts';

/** What the stages are told of the ramps. The services' schemas are among `schemas`, as their validation made sure. */
export function catalogueOf(services: readonly Service[], schemas: CompiledSchemas): Catalogue {
  const entries = services.flatMap(service =>
    service.ramps.map(ramp => [ramp.address, catalogueRamp(service, ramp, schemas)] as const),
  );
  return { version: 1, ramps: Object.fromEntries(entries) };
}

function catalogueRamp(service: Service, ramp: Ramp, schemas: CompiledSchemas): CatalogueRamp {
  const schema = ramp.schema === undefined ? undefined : schemas.get(ramp.schema)?.schema;
  return {
    owner: service.owner,
    description: ramp.description,
    ...(schema !== undefined && { schema: { name: schema.name, version: schema.version } }),
    ...(ramp.table !== undefined && { warehouse: ramp.table }),
    ...(ramp.logs !== undefined && { logs: catalogueLogs(ramp.logs) }),
  };
}

/** The filter is the sink's alone. */
const catalogueLogs = ({ payload, field }: RampLogs): CatalogueLogs => ({
  payload,
  ...(field !== undefined && { field }),
});
