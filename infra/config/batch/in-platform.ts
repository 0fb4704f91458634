import type { BatchService } from '../../../functions/core/batch/config.ts';
import type { ExportsCatalogue } from '../../../functions/core/batch/exports-catalogue.ts';

/** Puts destinations that name no project into the platform's. */
export function inPlatform(exports: ExportsCatalogue, project: string): ExportsCatalogue {
  const services = exports.services.map((service): BatchService => {
    const located = service.exports.map(config => ({
      ...config,
      destinations: config.destinations.map(to => (to.project === '' ? { ...to, project } : to)),
    }));
    return { ...service, exports: located };
  });
  return { ...exports, services };
}
