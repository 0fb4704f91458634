import { buckets, topics } from '../functions/core/names.ts';
import { batchEnvironment, type EnvironmentKey, type StageId, wiring } from '../functions/core/wiring.ts';

/** The environment of a stage's function: the keys that its wiring names and the batch bounds, and nothing else. */
export function stageEnvironment(stage: StageId, project: string): Record<string, string> {
  const batch = batchEnvironment(wiring[stage].batch);
  const values: Record<EnvironmentKey, string> = {
    ONRAMP_PROJECT: project,
    ONRAMP_HUB_TOPIC: topics.hub,
    ONRAMP_DEAD_LETTER_TOPIC: topics.deadLetter,
    ONRAMP_SCHEMA_PUBLISHED_TOPIC: topics.schemaPublished,
    ONRAMP_RAW_LAKE_BUCKET: buckets.rawLake(project),
    ONRAMP_STRUCTURED_LAKE_BUCKET: buckets.structuredLake(project),
    ONRAMP_DEAD_LETTER_BUCKET: buckets.deadLetter(project),
    ONRAMP_OVERFLOW_BUCKET: buckets.overflow(project),
    ONRAMP_REGISTRY_BUCKET: buckets.registry(project),
    ...batch,
  };
  return { ...Object.fromEntries(wiring[stage].environment.map(key => [key, values[key]])), ...batch };
}
