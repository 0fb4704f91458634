import { type DataType, type GenericTypeParams, parse } from 'sql-parser-cst';
import { digitsProblem, isDecimal } from '../values/decimal.ts';
import type { Complaints } from './errors.ts';
import { arrayOf, type Field, type SqlType, scalar, scalarNamed, structOf } from './sql-type.ts';

/** Reads a type as it stands in CAST, in a constructor and in a column's definition. */
export function dataType(complain: Complaints, node: DataType): SqlType {
  switch (node.type) {
    case 'data_type_name': {
      const name = (Array.isArray(node.name) ? node.name : [node.name]).map(word => word.name).join(' ');
      return named(complain, name, node);
    }
    case 'identifier':
      return named(complain, node.name, node);
    case 'time_data_type':
      return scalar(node.timeKw.name);
    case 'interval_data_type':
      return scalar('INTERVAL');
    case 'modified_data_type': {
      if (node.modifiers === undefined) return dataType(complain, node.dataType);
      return withDigits(
        complain,
        dataType(complain, node.dataType),
        node.modifiers.type === 'paren_expr' ? node.modifiers.expr.items : [],
        node,
      );
    }
    case 'parametric_data_type': {
      if (node.params === undefined)
        return complain.invalid(node, `The type ${node.typeKw.name} needs its element types`);
      if (node.typeKw.name === 'TABLE') return complain.unsupported(node, 'The type TABLE');
      const fields = fieldsOf(complain, node.params);
      if (node.typeKw.name === 'STRUCT') return structOf(fields);
      const [element] = fields;
      if (element === undefined || fields.length > 1)
        return complain.invalid(node, 'ARRAY has exactly one element type');
      if (element.type.kind === 'ARRAY') return complain.invalid(node, 'Arrays of arrays are not supported');
      return arrayOf(element.type);
    }
    default:
      return complain.unsupported(node, 'This type');
  }
}

function withDigits(
  complain: Complaints,
  type: SqlType,
  parameters: readonly { readonly type: string; readonly text?: string }[],
  node: DataType,
): SqlType {
  if (type.kind === 'STRUCT' || type.kind === 'ARRAY' || !isDecimal(type.kind)) {
    return complain.unsupported(node, 'A type with a length', 'leave it out');
  }
  const numbers = parameters.map(({ text = '' }) => (/^\d+$/.test(text) ? Number(text) : Number.NaN));
  const [precision = Number.NaN, scale = 0] = numbers;
  const digits = { precision, scale };
  const problem = numbers.length > 2 ? 'Too many type parameters' : digitsProblem(type.kind, digits);
  return problem === undefined ? { kind: type.kind, digits } : complain.invalid(node, problem);
}

function fieldsOf(complain: Complaints, params: GenericTypeParams): Field[] {
  return params.params.items.map(param => {
    const { constraints } = param;
    const [constraint] = constraints;
    if (constraint !== undefined) complain.unsupported(constraint, 'A constraint or an option inside a type');
    return {
      name: param.type === 'struct_type_param' ? param.name.name : undefined,
      type: dataType(complain, param.dataType),
    };
  });
}

function named(complain: Complaints, name: string, node: DataType): SqlType {
  const kind = scalarNamed(name);
  if (kind === undefined || name.toUpperCase() === 'FLOAT') {
    const known = /^(?:GEOGRAPHY|RANGE)$/i.test(name);
    return known ? complain.unsupported(node, `The type ${name}`) : complain.invalid(node, `Type not found: ${name}`);
  }
  return scalar(kind);
}

/** Reads a type from its text, such as a parameter's. */
export function dataTypeOfText(
  complain: Complaints,
  text: string,
  node: Parameters<Complaints['invalid']>[0],
): SqlType {
  try {
    const [statement] = parse(`SELECT CAST(NULL AS ${text})`, { dialect: 'bigquery' }).statements;
    const clause = statement?.type === 'select_stmt' ? statement.clauses[0] : undefined;
    const column = clause?.type === 'select_clause' ? clause.columns?.items[0] : undefined;
    if (column?.type === 'cast_expr') {
      const at: Complaints = {
        invalid: (_, message) => complain.invalid(node, message),
        unsupported: (_, what, instead) => complain.unsupported(node, what, instead),
        notFound: (_, message) => complain.notFound(node, message),
      };
      return dataType(at, column.args.expr.dataType);
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'SqlError') throw error;
  }
  return complain.invalid(node, `Invalid type of a parameter: ${text}`);
}
