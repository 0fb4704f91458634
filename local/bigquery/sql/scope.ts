import type { Identifier } from 'sql-parser-cst';
import type { Complaints, Located } from './errors.ts';
import { type Expression, fieldSql, structSql } from './expression.ts';
import { fieldName, type SqlType, structOf, typeName } from './sql-type.ts';

/** A column as the clauses of a query see it. */
export interface ScopeColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly sql: string;
  /** True for `_PARTITIONTIME` and its like, which `*` leaves out. */
  readonly pseudo?: boolean;
}

/** An item of the FROM clause, under its alias. */
export interface Relation {
  readonly name: string | undefined;
  readonly columns: readonly ScopeColumn[];
  /** The row itself, where it is a value and not a set of columns: an element of UNNEST. */
  readonly value?: { readonly sql: string; readonly type: SqlType };
  /** True on the side of an outer join that may have no row. */
  readonly nullable: boolean;
}

/** A named query of WITH. */
export interface CommonTable {
  readonly sqlName: string;
  readonly columns: readonly { readonly name: string | undefined; readonly type: SqlType; readonly sqlName: string }[];
  /** True for SELECT AS STRUCT and AS VALUE: one column, which is the row. */
  readonly isValue: boolean;
}

/** An alias of the SELECT list, as GROUP BY, HAVING, QUALIFY and ORDER BY see it. */
export interface SelectAlias {
  readonly expression: Expression;
  /** Its place in the SELECT list, from 1. */
  readonly ordinal: number;
}

/** A column that `*` stands for. */
export interface StarColumn {
  readonly name: string | undefined;
  readonly type: SqlType;
  readonly sql: string;
}

/** DuckDB's SQL of a window, by clause. */
export interface WindowParts {
  readonly partitionBy?: string;
  readonly orderBy?: string;
  readonly frame?: string;
}

export interface Scope {
  readonly relations: readonly Relation[];
  /** What a name without qualifier may mean; those of USING once. */
  readonly columns: readonly ScopeColumn[];
  readonly star: readonly StarColumn[];
  readonly parent: Scope | undefined;
  readonly commonTables: ReadonlyMap<string, CommonTable>;
  /** By name in lower case; several of one name are ambiguous. */
  readonly aliases?: ReadonlyMap<string, readonly SelectAlias[]>;
  /** The windows of the WINDOW clause, by name in lower case. */
  readonly windows?: ReadonlyMap<string, WindowParts>;
}

export const emptyScope: Scope = { relations: [], columns: [], star: [], parent: undefined, commonTables: new Map() };

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Finds what the path's first name means; `used` is how many of the path's names that took. */
export function resolve(
  complain: Complaints,
  path: readonly Identifier[],
  scope: Scope,
  node: Located,
): { readonly expression: Expression; readonly used: number } {
  const [first, second] = path;
  const name = first?.name ?? '';
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const alias = level === scope ? aliasOf(complain, name, level, node) : undefined;
    const columns = level.columns.filter(column => same(column.name, name));
    const relations = level.relations.filter(relation => relation.name !== undefined && same(relation.name, name));
    if (alias !== undefined) {
      const differs =
        columns.some(column => column.sql !== alias.sql) || (relations.length > 0 && second !== undefined);
      if (!differs) return { expression: { ...alias, node }, used: 1 };
      const what = `The name ${name}, which is a column and an alias of something else in the SELECT list,`;
      return complain.unsupported(node, what, 'qualify the column or rename the alias');
    }
    const [column] = columns;
    // A column that has no such field does not hide a relation of its name.
    const hides =
      second === undefined || relations.length === 0 || column === undefined || hasField(column.type, second.name);
    if (columns.length + relations.length > 1 && (hides || relations.length > 1))
      return ambiguous(complain, name, node);
    if (column !== undefined && hides)
      return { expression: { sql: column.sql, type: column.type, node, name: column.name }, used: 1 };
    const [relation] = relations;
    if (relation !== undefined) return inRelation(complain, relation, path, node);
  }
  return complain.invalid(node, `Unrecognized name: ${name}`);
}

const hasField = (type: SqlType, name: string) =>
  type.kind === 'JSON' ||
  (type.kind === 'STRUCT' && type.fields.some(field => field.name !== undefined && same(field.name, name)));

function inRelation(
  complain: Complaints,
  relation: Relation,
  [, second]: readonly Identifier[],
  node: Located,
): { readonly expression: Expression; readonly used: number } {
  if (second === undefined || relation.value !== undefined)
    return { expression: rowOf(complain, relation, node), used: 1 };
  const columns = relation.columns.filter(column => same(column.name, second.name));
  if (columns.length > 1) return ambiguous(complain, second.name, second);
  const [column] = columns;
  if (column === undefined)
    return complain.invalid(second, `Name ${second.name} not found inside ${relation.name ?? 'it'}`);
  return { expression: { sql: column.sql, type: column.type, node, name: column.name }, used: 2 };
}

/** The row of a relation as one value. */
function rowOf(complain: Complaints, relation: Relation, node: Located): Expression {
  const name = relation.name === undefined ? {} : { name: relation.name };
  if (relation.value !== undefined) return { ...relation.value, node, ...name };
  if (relation.nullable) {
    return complain.unsupported(node, 'The row of an outer join’s side as one value', 'name its columns');
  }
  const columns = relation.columns.filter(({ pseudo }) => pseudo !== true);
  return {
    sql: structSql(columns.map(column => [column.name, column.sql] as const)),
    type: structOf(columns.map(column => ({ name: column.name, type: column.type }))),
    node,
    ...name,
  };
}

function aliasOf(complain: Complaints, name: string, scope: Scope, node: Located): Expression | undefined {
  const aliases = scope.aliases?.get(name.toLowerCase()) ?? [];
  const distinct = new Set(aliases.map(({ expression }) => expression.sql));
  return distinct.size > 1 ? ambiguous(complain, name, node) : aliases[0]?.expression;
}

function ambiguous(complain: Complaints, name: string, node: Located): never {
  return complain.invalid(node, `Name ${name} is ambiguous`);
}

/** A field of a struct by its name, in any case. */
export function fieldOf(complain: Complaints, struct: Expression, name: string, node: Located): Expression {
  if (struct.type.kind !== 'STRUCT') {
    return complain.invalid(node, `Cannot access field ${name} on a value with type ${typeName(struct.type)}`);
  }
  const found = struct.type.fields.flatMap((field, index) =>
    field.name !== undefined && same(field.name, name) ? [{ field, index }] : [],
  );
  if (found.length > 1) return ambiguous(complain, name, node);
  const [match] = found;
  if (match === undefined)
    return complain.invalid(node, `Field name ${name} does not exist in ${typeName(struct.type)}`);
  const sql = fieldSql(struct.sql, fieldName(match.field, match.index));
  return { sql, type: match.field.type, node, name: match.field.name ?? name };
}

/** The columns that a struct's fields make when the struct is a row. */
export const columnsOfStruct = (sql: string, type: SqlType): ScopeColumn[] =>
  type.kind === 'STRUCT'
    ? type.fields.flatMap((field, index) =>
        field.name === undefined
          ? []
          : [{ name: field.name, type: field.type, sql: fieldSql(sql, fieldName(field, index)) }],
      )
    : [];
