import { readJsonDataset } from './dataset.ts';

/** One feature of earthquakes.json, a GeoJSON summary feed: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php */
export interface QuakeFeature {
  readonly id: string;
  readonly geometry: { readonly coordinates: readonly [longitude: number, latitude: number, depthKm: number] };
  readonly properties: {
    readonly mag: number;
    readonly magType: string;
    readonly place: string;
    readonly title: string;
    /** Milliseconds since 1970. */
    readonly time: number;
    readonly updated: number;
    /** Minutes from UTC. */
    readonly tz: number;
    readonly url: string;
    readonly felt: number | null;
    readonly cdi: number | null;
    readonly mmi: number | null;
    readonly alert: string | null;
    readonly status: string;
    readonly tsunami: number;
    readonly sig: number;
    readonly net: string;
    readonly code: string;
    /** Lists of the feed: separated, started and ended by commas. */
    readonly ids: string;
    readonly sources: string;
    readonly types: string;
    readonly nst: number | null;
    readonly dmin: number | null;
    readonly rms: number | null;
    readonly gap: number | null;
    readonly type: string;
  };
}

export const ramp = 'quakes/detected';

/** The 1,707 quakes of the dataset, in its order. */
export function* events(): Generator<Record<string, unknown>> {
  const feed = readJsonDataset('earthquakes.json') as { readonly features: readonly QuakeFeature[] };
  for (const feature of feed.features) yield quakeOfFeature(feature);
}

/** The event that a feature of the feed is: `quakes.v1.Quake` in protobuf's JSON form. What is null there is unset. */
export function quakeOfFeature({ id, geometry, properties }: QuakeFeature): Record<string, unknown> {
  const [longitude, latitude, depthKm] = geometry.coordinates;
  return {
    id,
    title: properties.title,
    place: properties.place,
    kind: enumName('KIND', properties.type),
    occurredAt: new Date(properties.time).toISOString(),
    updatedAt: new Date(properties.updated).toISOString(),
    timeZoneOffsetMinutes: properties.tz,
    hypocentre: { longitude, latitude, depthKm },
    magnitude: { value: properties.mag, method: properties.magType },
    reviewStatus: enumName('REVIEW_STATUS', properties.status),
    tsunamiPossible: properties.tsunami === 1,
    // Protobuf's JSON form writes 64-bit integers as strings.
    significance: String(properties.sig),
    ...present({
      alertLevel: properties.alert === null ? null : enumName('ALERT_LEVEL', properties.alert),
      feltReports: properties.felt === null ? null : String(properties.felt),
      reportedIntensity: properties.cdi,
      estimatedIntensity: properties.mmi,
    }),
    solution: present({
      stations: properties.nst,
      nearestStationDegrees: properties.dmin,
      residualSeconds: properties.rms,
      azimuthalGapDegrees: properties.gap,
    }),
    network: properties.net,
    code: properties.code,
    knownIds: listOf(properties.ids),
    sources: listOf(properties.sources),
    products: listOf(properties.types),
    url: properties.url,
  };
}

/** `quarry blast` of the enum `KIND` is `KIND_QUARRY_BLAST`. */
const enumName = (prefix: string, word: string) => `${prefix}_${word.toUpperCase().replaceAll(' ', '_')}`;

const listOf = (text: string) => text.split(',').filter(item => item !== '');

const present = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
