/** Why an execution of an export ends before it has read everything, without anything being wrong. */
export class Interrupted extends Error {
  /** Its time is over; its instance is being stopped; or another execution has exported all of it. */
  readonly by: 'time' | 'stop' | 'other';

  constructor(by: Interrupted['by']) {
    super(`interrupted by ${by}`);
    this.by = by;
  }
}
