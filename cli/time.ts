/** The RFC 3339 form of microseconds since 1970, with as many digits after the point as it needs: none, 3 or 6. */
export function rfc3339OfMicros(micros: bigint): string {
  const second = 1_000_000n;
  const fraction = ((micros % second) + second) % second;
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  if (fraction === 0n) return `${whole}Z`;
  return `${whole}.${String(fraction).padStart(6, '0').replace(/000$/, '')}Z`;
}

/** The date so many days after 1970-01-01, such as 2026-01-31. */
export const dateOfDays = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);
