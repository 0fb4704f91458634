/** The RFC 3339 form of microseconds since 1970, with as many digits after the point as it needs: none, 3 or 6. */
export function rfc3339OfMicros(micros: bigint): string {
  const second = 1_000_000n;
  const fraction = ((micros % second) + second) % second;
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  if (fraction === 0n) return `${whole}Z`;
  return `${whole}.${String(fraction).padStart(6, '0').replace(/000$/, '')}Z`;
}
