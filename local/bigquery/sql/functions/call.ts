import type { Expr, FuncCall } from 'sql-parser-cst';
import { coerce, coerced } from '../coercion.ts';
import { bind, bindAlways, type Expression, errorSql, isNullLiteral } from '../expression.ts';
import type { Scope } from '../scope.ts';
import { type ScalarName, type SqlType, sameType, scalar, scalarNamed, typeName } from '../sql-type.ts';
import type { Translator } from '../translator.ts';

/** One call of a function, as its implementation sees it. */
export interface Call {
  readonly t: Translator;
  readonly scope: Scope;
  readonly node: FuncCall;
  /** In upper case, without SAFE. */
  readonly name: string;
  /** True for SAFE.f(...): what would raise is NULL. */
  readonly safe: boolean;
  readonly nodes: readonly Expr[];
  /** Translates an argument. */
  arg(index: number): Expression;
}

export type FunctionImplementation = (call: Call) => Expression;
export type FunctionTable = Readonly<Record<string, FunctionImplementation>>;

export const argumentsOf = (call: Call): Expression[] => call.nodes.map((_, index) => call.arg(index));

/** Complains unless the call has that many arguments. */
export function checkCount({ t, name, node, nodes }: Call, least: number, most = least): void {
  if (nodes.length >= least && nodes.length <= most) return;
  t.complain.invalid(node, `Number of arguments does not match for function ${name}`);
}

export function noMatch({ t, name, node }: Call, args: readonly Expression[]): never {
  const types = args.map(arg => (isNullLiteral(arg) ? 'NULL' : typeName(arg.type))).join(', ');
  return t.complain.invalid(node, `No matching signature for function ${name} for argument types: ${types}`);
}

/** An argument as a type, or a complaint. */
export const argAs = (call: Call, index: number, kind: ScalarName): string =>
  coerce(call.t.complain, call.arg(index), scalar(kind), `Argument ${index + 1} of ${call.name}`);

/** What stands for an error at run time: NULL in a SAFE call. */
export const failure = (call: Call, message: string) => (call.safe ? 'NULL' : errorSql(message));

/**
 * Calls `body` with the SQL of the arguments. It may name each more than once; none is evaluated twice. In a SAFE call
 * what DuckDB raises in `body` is NULL, while an error in an argument stays one.
 */
export function applied(call: Call, values: readonly string[], body: (...names: string[]) => string): string {
  if (call.safe) return bindAlways(values, names => `TRY(${body(...names)})`);
  const marks = values.map((_, index) => `\u0001${index}\u0001`);
  const template = body(...marks);
  const repeats = marks.some(mark => template.split(mark).length > 2);
  return repeats ? bind(values, names => body(...names)) : body(...values);
}

export interface Signature {
  /** Types of the arguments: `STRING INT64? STRING*`, with `?` for optional and `*` for any number. */
  readonly args: string;
  readonly returns: ScalarName | SqlType;
  /** The DuckDB SQL of a call; `fail` is what stands for an error at run time. */
  sql(args: string[], fail: (message: string) => string): string;
}

interface Slot {
  readonly type: SqlType;
  readonly optional: boolean;
  readonly repeated: boolean;
}

function slotsOf(args: string): Slot[] {
  return args
    .split(' ')
    .filter(Boolean)
    .map(word => {
      const name = word.replace(/\W+$/, '');
      const kind = scalarNamed(name);
      if (kind === undefined) throw new Error(`a signature has the unknown type ${name}`);
      return { type: scalar(kind), optional: /[?*]$/.test(word), repeated: word.endsWith('*') };
    });
}

/** A function with fixed types; the first signature that fits exactly wins, then the first that fits by coercion. */
export function overloads(...signatures: readonly Signature[]): FunctionImplementation {
  const parsed = signatures.map(signature => ({ signature, slots: slotsOf(signature.args) }));
  return call => {
    const args = argumentsOf(call);
    const fits = (slots: readonly Slot[], exact: boolean) => {
      if (args.length < slots.filter(({ optional }) => !optional).length) return undefined;
      const sqls = args.map((arg, index) => {
        const last = slots.at(-1);
        const slot = slots[index] ?? (last?.repeated === true ? last : undefined);
        if (slot === undefined) return undefined;
        return exact && !sameType(arg.type, slot.type) && !isNullLiteral(arg) ? undefined : coerced(arg, slot.type);
      });
      return sqls.every(sql => sql !== undefined) ? sqls : undefined;
    };
    for (const exact of [true, false]) {
      for (const { signature, slots } of parsed) {
        const sqls = fits(slots, exact);
        if (sqls === undefined) continue;
        args.forEach((arg, index) => refuseAsFloat(call, arg, slots[index]?.type));
        // Says what is wrong with a literal text before it runs.
        args.forEach((arg, index) => slots[index] && coerce(call.t.complain, arg, slots[index].type, call.name));
        const { returns } = signature;
        return {
          sql: applied(call, sqls, (...names) => signature.sql(names, message => failure(call, message))),
          type: typeof returns === 'string' ? scalar(returns) : returns,
          node: call.node,
        };
      }
    }
    return noMatch(call, args);
  };
}

/** BigQuery has most functions of numbers for BIGNUMERIC, too, and those would not answer as for FLOAT64. */
function refuseAsFloat({ t, name }: Call, { type, node }: Expression, slot: SqlType | undefined): void {
  if (type.kind !== 'BIGNUMERIC' || slot?.kind !== 'FLOAT64') return;
  t.complain.unsupported(node, `${name} of BIGNUMERIC`, 'cast it to FLOAT64');
}

/** A function with one signature. */
export const simple = (args: string, returns: Signature['returns'], sql: Signature['sql']): FunctionImplementation =>
  overloads({ args, returns, sql });

export const notSupported =
  (instead?: string): FunctionImplementation =>
  ({ t, name, node }) =>
    t.complain.unsupported(node, `The function ${name}`, instead);
