import { readJsonDataset } from './dataset.ts';

/** One row of flights-200k.json. */
export interface FlightRow {
  /** Minutes between the scheduled and the actual arrival; negative when early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** Departure as a time of day, in hours and their fraction, below 24. */
  readonly time: number;
}

/** `flights.v1.Departure` in protobuf's JSON form. */
export interface DepartureJson {
  readonly departedAt: string;
  readonly distanceMiles: number;
  readonly punctuality: string;
  readonly arrival: { readonly delayMinutes: number; readonly lateMinutes?: number };
}

export const ramp = 'flights/departures';

/** The 200,000 flights of the dataset, in its order. */
export function* events(): Generator<DepartureJson> {
  for (const row of readJsonDataset('flights-200k.json') as FlightRow[]) yield departureOfRow(row);
}

/**
 * The dataset kept the time of day of each flight but not its date, so that all are put on the first day of its period.
 */
const firstDay = Date.UTC(2001, 0, 1);

const millisPerMinute = 60_000;

/**
 * A flight counts as delayed from 15 minutes on:
 * https://www.bts.gov/explore-topics-and-geography/topics/airline-time-performance-and-causes-flight-delays
 */
const lateFromMinutes = 15;

/** The event that a row of the dataset is. */
export function departureOfRow(row: FlightRow): DepartureJson {
  const minuteOfDay = Math.round(row.time * 60);
  return {
    departedAt: new Date(firstDay + minuteOfDay * millisPerMinute).toISOString(),
    distanceMiles: row.distance,
    punctuality: punctualityOf(row.delay),
    arrival: {
      delayMinutes: row.delay,
      ...(row.delay >= lateFromMinutes && { lateMinutes: row.delay }),
    },
  };
}

function punctualityOf(delay: number): string {
  if (delay < 0) return 'PUNCTUALITY_EARLY';
  return delay < lateFromMinutes ? 'PUNCTUALITY_ON_TIME' : 'PUNCTUALITY_LATE';
}
