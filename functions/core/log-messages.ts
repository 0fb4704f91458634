/** The messages of those log lines that metrics count. Like the codes of errors they are stable: metrics filter by them. */
export const logMessages = {
  /** With `count`, `reason` and, where it is known, `ramp`. */
  deadLetters: 'dead letters',
  /** With `count` and the first `error`. */
  redelivered: 'messages will be redelivered',
  /** With `count` and the `error`. */
  deadLettersUnsent: 'dead letters could not be sent; their messages will be redelivered',
  /** With `count`, `table`, `column` and the `recovery` column that took the values. */
  recovered: 'rows went to a recovery column',
} as const;
