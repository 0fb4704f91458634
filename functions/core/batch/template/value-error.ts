/** What is wrong with a value. Given its place in the template by the evaluator. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  readonly what: string;
  readonly mend: string;

  constructor(what: string, mend: string) {
    super(what);
    this.what = what;
    this.mend = mend;
  }
}
