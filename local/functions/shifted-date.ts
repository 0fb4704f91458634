/**
 * Has everything in this process that asks for the time from now on see one that is so many milliseconds ahead of the real
 * one. Timers stay real. Answers with a function that changes by how many.
 */
export function shiftDate(offset: number): (offset: number) => void {
  const RealDate = Date;
  let ahead = offset;
  const now = () => RealDate.now() + ahead;

  // Date's own prototype, so that dates of both kinds are instances of both; `new.target` for what is derived from it.
  function ShiftedDate(...given: unknown[]): Date | string {
    const target: unknown = new.target;
    if (target === undefined) return new RealDate(now()).toString();
    return Reflect.construct(RealDate, given.length === 0 ? [now()] : given, target as DateConstructor) as Date;
  }
  ShiftedDate.prototype = RealDate.prototype;
  Object.setPrototypeOf(ShiftedDate, RealDate);
  Object.defineProperties(ShiftedDate, { name: { value: 'Date' }, length: { value: 7 }, now: { value: now } });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: ShiftedDate });
  globalThis.Date = ShiftedDate as unknown as DateConstructor;

  return millis => {
    ahead = millis;
  };
}
