import type { Parameter } from 'sql-parser-cst';
import type { DatasetName, TableName } from '../names.ts';
import { dataTypeOfText } from './data-type.ts';
import { type Complaints, complaints } from './errors.ts';
import type { Expression } from './expression.ts';
import { translateExpression } from './expressions.ts';
import { functionCall } from './functions/function-call.ts';
import type { Prepared } from './prepare.ts';
import { translateQuery } from './query.ts';
import { duckdbType } from './sql-type.ts';
import type { CatalogueTable, QueryParameter, Translator } from './translator.ts';
import { overSql } from './window.ts';

export interface StatementContext {
  readonly text: string;
  readonly prepared: Prepared;
  readonly defaultProject: string;
  readonly defaultDataset: string | undefined;
  readonly parameters: readonly QueryParameter[];
  /** The number of each positional parameter, from 1, by its offset in the text. */
  readonly positions: ReadonlyMap<number, number>;
  readonly tables: (dataset: DatasetName) => readonly CatalogueTable[];
}

/** A translator for one statement, with what it has noted of it. */
interface StatementTranslator extends Translator {
  readonly tablesRead: readonly TableName[];
  /** The parameters in the order of DuckDB's `$1`, `$2`: names, or positions from 1. */
  readonly parametersUsed: readonly string[];
}

export function statementTranslator(context: StatementContext): StatementTranslator {
  const complain = complaints(context.text, context.prepared.original);
  const tablesRead: TableName[] = [];
  const parametersUsed: string[] = [];
  let counter = 0;
  const t: StatementTranslator = {
    complain,
    prepared: context.prepared,
    defaultProject: context.defaultProject,
    defaultDataset: context.defaultDataset,
    tables: context.tables,
    tablesRead,
    parametersUsed,
    aggregates: 0,
    reads: table => {
      const known = ({ project, dataset, table: name }: TableName) =>
        project === table.project && dataset === table.dataset && name === table.table;
      if (!tablesRead.some(known)) tablesRead.push(table);
    },
    parameter: node => parameter(complain, context, node, parametersUsed),
    // A dollar is in no name of BigQuery, so that no column can hide it.
    fresh: prefix => `"$${prefix}${++counter}"`,
    expression: (node, scope) => translateExpression(t, node, scope),
    query: (node, scope) => translateQuery(t, node, scope),
    functionCall: (node, scope) => functionCall(t, node, scope),
    window: (node, scope) => overSql(t, node, scope),
  };
  return t;
}

function parameter(complain: Complaints, context: StatementContext, node: Parameter, used: string[]): Expression {
  const { parameters, positions, prepared } = context;
  const position = node.text === '?' ? (positions.get(prepared.original(node.range?.[0] ?? 0)) ?? 0) : undefined;
  const name = node.text.replace(/^@`?|`$/g, '');
  const found =
    position === undefined
      ? parameters.find(candidate => candidate.name?.toLowerCase() === name.toLowerCase())
      : parameters[position - 1];
  if (found === undefined || (position === undefined) !== (found.name !== undefined)) {
    const which = position === undefined ? `'${name}'` : `number ${position}`;
    return complain.invalid(node, `Query parameter ${which} not found`);
  }
  const key = found.name ?? String(position);
  if (!used.includes(key)) used.push(key);
  const type = dataTypeOfText(complain, found.type, node);
  return {
    sql: `CAST($${used.indexOf(key) + 1} AS ${duckdbType(type)})`,
    type,
    node,
    literal: 'PARAMETER',
    value: found.value,
  };
}
