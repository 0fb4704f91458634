import type { BigqueryOptions } from 'sql-parser-cst';
import type { ExpressionNode } from './expression.ts';
import { numberExpression, textOf } from './literals.ts';
import type { Translator } from './translator.ts';

/** The values of OPTIONS(...), which have to be literals. */
export function options(t: Translator, node: BigqueryOptions): Record<string, unknown> {
  return Object.fromEntries(
    node.options.expr.items.map(({ left, right }) => [left.name.toLowerCase(), literalValue(t, right)]),
  );
}

function literalValue(t: Translator, node: ExpressionNode): unknown {
  switch (node.type) {
    case 'string_literal':
      return textOf(t.complain, node);
    case 'number_literal':
      return Number(numberExpression(t.complain, node).value);
    case 'boolean_literal':
      return node.value;
    case 'null_literal':
      return null;
    case 'array_expr':
    case 'struct_expr':
      return node.expr.items.map(item => literalValue(t, item));
    case 'timestamp_literal':
      return textOf(t.complain, node.string);
    default:
      return t.complain.unsupported(node, 'An option that is not a literal');
  }
}
