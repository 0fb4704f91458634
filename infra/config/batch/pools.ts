import type { Pool } from '../../../functions/core/batch/config.ts';
import { limits } from '../../../functions/core/names.ts';
import type { Problem } from '../problem.ts';
import { didYouMean } from '../suggest.ts';

/** https://cloud.google.com/tasks/docs/quotas: concurrent dispatches of one queue. */
const maxSlots = 5000;

const keys = ['slots', 'description'] as const;

interface Section {
  readonly line: number;
  readonly values: Map<(typeof keys)[number], { readonly text: string; readonly line: number }>;
}

/**
 * Reads services/pools.ini: `name = slots` lines, and sections `[name]` with `slots` and `description`. Comments begin with
 * `;` or `#`. Read here line by line, since every problem is told with its line.
 */
export function parsePools(
  file: string,
  text: string,
): {
  readonly pools: readonly Pool[];
  /** Every id that was written, also of pools that are wrong, so that what refers to them is not reported, too. */
  readonly ids: readonly string[];
  readonly problems: Problem[];
} {
  const problems: Problem[] = [];
  const sections = new Map<string, Section>();
  const report = (line: number, what: string, mend: string) => problems.push({ file, line, column: 1, what, mend });
  let current: Section | undefined;

  const open = (name: string, line: number): Section => {
    const before = sections.get(name);
    if (before !== undefined)
      report(line, `the pool "${name}" is there twice, first in line ${before.line}`, 'keep one of the two');
    if (!limits.service.pattern.test(name))
      report(line, `the pool name "${name}" breaks the rule: ${limits.service.rule}`, 'rename it');
    const section: Section = { line, values: new Map() };
    sections.set(name, section);
    return section;
  };

  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = raw.replace(/(^|\s)[;#].*$/, '').trim();
    if (content === '') continue;
    const header = /^\[([^\]]*)\]$/.exec(content);
    if (header !== null) {
      current = open((header[1] ?? '').trim(), line);
      continue;
    }
    const [name = '', ...rest] = content.split('=');
    const key = name.trim();
    const value = rest
      .join('=')
      .trim()
      .replace(/^"(.*)"$/, '$1');
    if (rest.length === 0 || key === '') {
      report(
        line,
        `"${content}" is neither a section nor a value`,
        'write name = slots, or [name] and slots = … below it',
      );
    } else if (current === undefined) {
      open(key, line).values.set('slots', { text: value, line });
    } else {
      const known = keys.find(candidate => candidate === key);
      if (known === undefined)
        report(line, `the key "${key}" is not known here`, didYouMean(key, keys) ?? `known are ${keys.join(', ')}`);
      else current.values.set(known, { text: value, line });
    }
  }

  const pools = [...sections].flatMap(([id, { line, values }]): Pool[] => {
    const slots = values.get('slots');
    const number = Number(slots?.text);
    if (slots === undefined || !/^\d+$/.test(slots.text) || number < 1 || number > maxSlots) {
      const what = slots === undefined ? `the pool "${id}" has no slots` : `the pool "${id}" has "${slots.text}" slots`;
      report(slots?.line ?? line, what, `write slots = a whole number from 1 to ${maxSlots}`);
      return [];
    }
    return [{ id, slots: number, description: values.get('description')?.text ?? '' }];
  });
  return { pools: pools.toSorted((a, b) => (a.id < b.id ? -1 : 1)), ids: [...sections.keys()], problems };
}
