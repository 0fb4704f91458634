import type { Budget } from './budget.ts';
import { ValueError } from './value-error.ts';
import { Builtin, bind, integerArgument, textArgument, type Value } from './values.ts';

type Method = (text: string, args: ReadonlyMap<string, Value>, budget: Budget) => Value;

const optionalText = (callee: string, name: string, args: ReadonlyMap<string, Value>) => {
  const value = args.get(name);
  return value === undefined || value === null ? undefined : textArgument(callee, name, value);
};

const methods: ReadonlyMap<string, readonly [readonly string[], Method]> = new Map<
  string,
  readonly [readonly string[], Method]
>([
  ['upper', [[], text => text.toUpperCase()]],
  ['lower', [[], text => text.toLowerCase()]],
  ['strip', [['chars'], (text, args) => strip(text, optionalText('strip', 'chars', args), true, true)]],
  ['lstrip', [['chars'], (text, args) => strip(text, optionalText('lstrip', 'chars', args), true, false)]],
  ['rstrip', [['chars'], (text, args) => strip(text, optionalText('rstrip', 'chars', args), false, true)]],
  [
    'startswith',
    [['prefix'], (text, args) => text.startsWith(textArgument('startswith', 'prefix', args.get('prefix')))],
  ],
  ['endswith', [['suffix'], (text, args) => text.endsWith(textArgument('endswith', 'suffix', args.get('suffix')))]],
  [
    'replace',
    [
      ['old', 'new'],
      (text, args, budget) =>
        replaceText(
          text,
          textArgument('replace', 'old', args.get('old')),
          textArgument('replace', 'new', args.get('new')),
          budget,
        ),
    ],
  ],
  [
    'split',
    [
      ['sep'],
      (text, args, budget) => {
        const separator = optionalText('split', 'sep', args);
        if (separator === '') throw new ValueError('split is given an empty separator', 'write one, or none at all');
        const parts = separator === undefined ? text.split(/\s+/).filter(part => part !== '') : text.split(separator);
        budget.spend(parts.length);
        return parts;
      },
    ],
  ],
  ['join', [['items'], (text, args, budget) => joinTexts(args.get('items'), text, budget)]],
  [
    'zfill',
    [
      ['width'],
      (text, args, budget) => {
        const width = integerArgument('zfill', 'width', args.get('width'));
        budget.allow(width);
        const sign = /^[+-]/.exec(text)?.[0] ?? '';
        return sign + text.slice(sign.length).padStart(width - sign.length, '0');
      },
    ],
  ],
]);

export const textMemberNames = [...methods.keys()];

/** Undefined when a text has no such method. */
export function textAttribute(text: string, name: string): Value | undefined {
  const found = methods.get(name);
  if (found === undefined) return undefined;
  const [parameters, run] = found;
  return new Builtin(name, (args, budget) => {
    budget.allow(text.length);
    return run(text, bind(name, parameters, args), budget);
  });
}

function strip(text: string, chars: string | undefined, start: boolean, end: boolean): string {
  if (chars === undefined) return start && end ? text.trim() : start ? text.trimStart() : text.trimEnd();
  let from = 0;
  let to = text.length;
  while (start && from < to && chars.includes(text[from] ?? '')) from += 1;
  while (end && to > from && chars.includes(text[to - 1] ?? '')) to -= 1;
  return text.slice(from, to);
}

/** Replaces every occurrence; asks for the room first. */
export function replaceText(text: string, old: string, by: string, budget: Budget): string {
  const parts = text.split(old);
  budget.allow(text.length + parts.length * by.length);
  return parts.join(by);
}

/** A list of texts as one; asks for the room first. */
export function joinTexts(items: Value | undefined, separator: string, budget: Budget): string {
  if (!Array.isArray(items)) throw new ValueError('what is joined is no list', 'write a list of texts');
  const texts = (items as readonly Value[]).map(item => textArgument('join', 'items', item));
  budget.allow(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}
