/** Something of which a person should know. */
export interface Alert {
  readonly id: string;
  /** Also the heading under which docs/operations.md has it. */
  readonly title: string;
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  /** Any of them raises it. */
  readonly conditions: readonly AlertCondition[];
  readonly meaning: string;
  readonly mend: string;
}

export interface AlertCondition {
  readonly title: string;
  /** PromQL: every series of its result is an incident. */
  readonly query: string;
  /** Minutes for which it must hold. */
  readonly minutes: number;
}

/** Where docs/operations.md has the alert. */
export const anchorOf = ({ title }: Alert): string => title.toLowerCase().replaceAll(' ', '-');

/** What a person reads who is woken by it. */
export function documentationOf(alert: Alert): string {
  return `${alert.meaning}\n\n**What to do.** ${alert.mend}\n\nMore: \`docs/operations.md#${anchorOf(alert)}\``;
}
