import type { Expr, FuncCall } from 'sql-parser-cst';
import type { Located } from '../errors.ts';
import type { Expression } from '../expression.ts';
import { stepsOf } from '../paths.ts';
import type { Scope } from '../scope.ts';
import type { Translator } from '../translator.ts';
import { aggregateFunctions } from './aggregates.ts';
import { arrayFunctions } from './arrays.ts';
import type { Call, FunctionTable } from './call.ts';
import { conditionalFunctions } from './conditional.ts';
import { dateConstructors } from './date-constructors.ts';
import { dateFunctions } from './dates.ts';
import { hashFunctions } from './hashes.ts';
import { jsonFunctions } from './json.ts';
import { numberAliases, numberFunctions } from './numbers.ts';
import { regexpFunctions } from './regexps.ts';
import { stringAliases, stringFunctions } from './strings.ts';
import { windowFunctions } from './windows.ts';

const scalarFunctions: FunctionTable = {
  ...arrayFunctions,
  ...conditionalFunctions,
  ...dateConstructors,
  ...dateFunctions,
  ...hashFunctions,
  ...jsonFunctions,
  ...numberFunctions,
  ...regexpFunctions,
  ...stringFunctions,
};
const aliases = { ...numberAliases, ...stringAliases };

const own = (table: FunctionTable, name: string) => (Object.hasOwn(table, name) ? table[name] : undefined);

/** The names of all functions that can be called, for the README's test. */
export const functionNames = (): string[] =>
  [
    ...Object.keys(scalarFunctions),
    ...Object.keys(aliases),
    ...Object.keys(aggregateFunctions),
    ...Object.keys(windowFunctions),
  ].sort();

export function functionCall(t: Translator, node: FuncCall, scope: Scope): Expression {
  const { base, steps } = stepsOf(node.name);
  const names = [base, ...steps].map(step => (step.type === 'identifier' ? step.name.toUpperCase() : '?'));
  const safe = names.length > 1 && names[0] === 'SAFE';
  const written = (safe ? names.slice(1) : names).join('.');
  const name = aliases[written] ?? written;
  const translated = new Map<number, Expression>();
  const call: Call = {
    t,
    scope,
    node,
    name: written,
    safe,
    nodes: (node.args?.expr.args.items ?? []) as readonly Expr[],
    arg: index => {
      const value = translated.get(index) ?? argument(call, index);
      translated.set(index, value);
      return value;
    },
  };
  if (node.filter !== undefined) t.complain.invalid(node.filter, 'Syntax error: Unexpected "FILTER"');
  const implementation = own(scalarFunctions, name);
  if (implementation !== undefined) {
    if (node.over !== undefined) t.complain.invalid(node.over, `Function ${written} does not support an OVER clause`);
    refuseModifiers(call, node.args?.expr.nullHandlingKw?.[0]);
    return implementation(call);
  }
  const overWindow = own(windowFunctions, name);
  const ofGroup = own(aggregateFunctions, name);
  if (safe && (overWindow ?? ofGroup)) return t.complain.unsupported(node, `SAFE.${written}`);
  if (overWindow !== undefined) {
    refuseModifiers(call);
    return overWindow(call);
  }
  if (ofGroup === undefined) return t.complain.unsupported(node, `The function ${written}`);
  if (node.over === undefined) t.aggregates++;
  return ofGroup(call);
}

/** Complains about what only aggregates take beside their arguments, and about one more node. */
function refuseModifiers({ t, node, name }: Call, more?: Located): void {
  const args = node.args?.expr;
  const modifier = args?.distinctKw ?? args?.orderBy ?? args?.limit ?? args?.having ?? more;
  if (modifier !== undefined) t.complain.invalid(modifier, `Function ${name} does not support this modifier`);
}

function argument(call: Call, index: number): Expression {
  const node = call.node.args?.expr.args.items[index];
  if (node === undefined) {
    return call.t.complain.invalid(call.node, `Number of arguments does not match for function ${call.name}`);
  }
  if (node.type === 'named_arg') return call.t.complain.unsupported(node, `A named argument of ${call.name}`);
  if (node.type === 'all_columns') return call.t.complain.invalid(node, `Argument * can only be used in COUNT(*)`);
  return call.t.expression(node as Expr, call.scope);
}
