/** Name of DuckDB's variable that says how far the stand-in's clock is ahead of the machine's, as an INTERVAL. */
export const clockAhead = 'onramp_clock_ahead';

/**
 * The time now, as a TIMESTAMPTZ; one moment per statement. It is looked up with each statement, so that it may stand in
 * views and defaults, too.
 */
export const now = `(now() + coalesce(CAST(getvariable('${clockAhead}') AS INTERVAL), INTERVAL 0 SECOND))`;
