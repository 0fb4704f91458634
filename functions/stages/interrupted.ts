/** Why an execution of an export ends before it has read everything, without anything being wrong. */
export class Interrupted extends Error {
  /**
   * Its time is over; its instance is being stopped; another execution has exported all of it; or its run has no use for
   * the attempt any more.
   */
  readonly by: 'time' | 'stop' | 'other' | 'run';

  constructor(by: Interrupted['by']) {
    super(`interrupted by ${by}`);
    this.by = by;
  }
}
