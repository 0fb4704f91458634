/** A cron in the plainest way there is: try minute after minute. For tests; numbers, lists, ranges, steps and `*` only. */
export function matchesCron(cron: string, wall: number): boolean {
  const date = new Date(wall);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const matches = (field: string, value: number, first: number): boolean =>
    field.split(',').some(part => {
      const [range = '', step = '1'] = part.split('/');
      const [from = '', to = from] = range.split('-');
      const low = range === '*' ? first : Number(from);
      const high = range === '*' ? 99 : Number(to);
      return value >= low && value <= high && (value - low) % Number(step) === 0;
    });
  const ofDay = matches(day, date.getUTCDate(), 1);
  const ofWeek = matches(weekday, date.getUTCDay(), 0) || (date.getUTCDay() === 0 && matches(weekday, 7, 0));
  return (
    matches(minute, date.getUTCMinutes(), 0) &&
    matches(hour, date.getUTCHours(), 0) &&
    matches(month, date.getUTCMonth() + 1, 1) &&
    (day === '*' ? ofWeek : weekday === '*' ? ofDay : ofDay || ofWeek)
  );
}

/** The minutes of a stretch of time at which a cron falls due, on a clock that is never changed. */
export function cronMinutes(cron: string, from: number, to: number): number[] {
  const minutes: number[] = [];
  for (let wall = Math.ceil(from / 60_000) * 60_000; wall < to; wall += 60_000) {
    if (matchesCron(cron, wall)) minutes.push(wall);
  }
  return minutes;
}
