import type { FrameBound, FrameClause, OverArg, WindowClause, WindowDefinition } from 'sql-parser-cst';
import { orderBySql } from './order-by.ts';
import type { Scope, WindowParts } from './scope.ts';
import type { Translator } from './translator.ts';

export function overSql(t: Translator, node: OverArg, scope: Scope): string {
  const parts =
    node.window.type === 'identifier' ? named(t, node.window, scope) : definition(t, node.window.expr, scope);
  return ` OVER (${[parts.partitionBy, parts.orderBy, parts.frame].filter(part => part !== undefined).join(' ')})`;
}

/** The windows of a WINDOW clause, by name in lower case. */
export function windowsOf(t: Translator, clause: WindowClause, scope: Scope): ReadonlyMap<string, WindowParts> {
  const windows = new Map<string, WindowParts>();
  for (const { name, window } of clause.namedWindows.items) {
    windows.set(name.name.toLowerCase(), definition(t, window.expr, { ...scope, windows }));
  }
  return windows;
}

function named(
  t: Translator,
  node: { readonly name: string } & Parameters<Translator['complain']['invalid']>[0],
  scope: Scope,
) {
  return (
    scope.windows?.get(node.name.toLowerCase()) ?? t.complain.invalid(node, `Unrecognized window alias ${node.name}`)
  );
}

function definition(t: Translator, node: WindowDefinition, scope: Scope): WindowParts {
  const base = node.baseWindowName === undefined ? {} : named(t, node.baseWindowName, scope);
  const partitionBy = node.partitionBy?.specifications.items.map(item => t.expression(item, scope).sql).join(', ');
  return {
    ...base,
    ...(partitionBy === undefined ? {} : { partitionBy: `PARTITION BY ${partitionBy}` }),
    ...(node.orderBy === undefined ? {} : { orderBy: orderBySql(t, node.orderBy, scope, hasRangeOffset(node.frame)) }),
    ...(node.frame === undefined ? {} : { frame: frameSql(t, node.frame) }),
  };
}

const bounds = (frame: FrameClause): readonly FrameBound[] =>
  frame.extent.type === 'frame_between' ? [frame.extent.begin, frame.extent.end] : [frame.extent];

/** A distance of values, for which DuckDB wants exactly one sort key. */
const hasRangeOffset = (frame: FrameClause | undefined) =>
  frame?.unitKw.name === 'RANGE' &&
  bounds(frame).some(bound => bound.type !== 'frame_bound_current_row' && bound.expr.type !== 'frame_unbounded');

function frameSql(t: Translator, frame: FrameClause): string {
  if (frame.unitKw.name === 'GROUPS' || frame.exclusion !== undefined) {
    return t.complain.invalid(frame, 'Syntax error: a window frame is ROWS or RANGE');
  }
  const [first = '', second] = bounds(frame).map(bound => {
    if (bound.type === 'frame_bound_current_row') return 'CURRENT ROW';
    const direction = bound.type === 'frame_bound_preceding' ? 'PRECEDING' : 'FOLLOWING';
    if (bound.expr.type === 'frame_unbounded') return `UNBOUNDED ${direction}`;
    if (bound.expr.type !== 'number_literal')
      return t.complain.unsupported(bound.expr, 'A frame bound that is not a number');
    return `${bound.expr.text} ${direction}`;
  });
  return `${frame.unitKw.name} ${second === undefined ? first : `BETWEEN ${first} AND ${second}`}`;
}
