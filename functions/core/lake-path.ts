/**
 * Object names in the lakes, hive style, so that Spark, DuckDB and BigQuery external tables read the partitions:
 * `ramp=flights/departures` would be two folders, so the slash of the address becomes a dot.
 */
export function lakeObject(ramp: string, processingTime: Date, unique: string): string {
  const iso = processingTime.toISOString();
  return `${lakePrefix(ramp)}date=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/${unique}.avro`;
}

/** The folder of a ramp, with the slash at its end. */
export const lakePrefix = (ramp: string) => `ramp=${ramp.replace('/', '.')}/`;

/** The address of the ramp that an object belongs to; undefined for an object that is not of the lake. */
export function rampOfLakeObject(name: string): string | undefined {
  return /^ramp=([^/.]+)\.([^/]+)\//.exec(name)?.slice(1, 3).join('/');
}

/** Custom metadata of a lake file: how many records it holds, so that a listing is enough to count them. */
export const lakeRecords = 'onramp_records';
