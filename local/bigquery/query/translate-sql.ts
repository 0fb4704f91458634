import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { ApiError } from '../errors.ts';
import { SqlError, type TranslatedStatement, translate } from '../sql/translate.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { isIngestionTime } from '../store/ingestion-time.ts';
import type { Parameter } from './parameters.ts';

/** What a script is translated for. */
export interface TranslateRequest {
  /** The project of tables that are named without one. */
  readonly project: string;
  /** The dataset of tables that are named without one. */
  readonly dataset: string | undefined;
  readonly parameters: readonly Parameter[];
}

/** One statement of GoogleSQL in DuckDB's SQL, with the values that are bound to it. */
export interface SqlStatement extends Omit<TranslatedStatement, 'parameters'> {
  readonly values: DuckDBValue[];
  readonly valueTypes: DuckDBType[];
}

/** Throws an ApiError when the script is not valid, or not supported. */
export type TranslateSql = (googleSql: string, request: TranslateRequest) => SqlStatement[];

/** The translator over the tables of a catalogue. */
export const sqlTranslator =
  (catalogue: Catalogue): TranslateSql =>
  (googleSql, { project, dataset, parameters }) => {
    const options = {
      defaultProject: project,
      ...(dataset !== undefined && { defaultDataset: dataset }),
      parameters,
      tables: (inProject: string, inDataset: string) =>
        catalogue
          .tables({ project: inProject, dataset: inDataset })
          .sort((a, b) => a.creationTime - b.creationTime)
          .map(record => ({ table: record.table, columns: record.columns, partitioned: isIngestionTime(record) })),
    };
    try {
      const { statements } = translate(googleSql, options);
      return statements.map(({ parameters: used, ...statement }) => ({
        ...statement,
        ...boundValues(used.map(key => parameterOf(parameters, key))),
      }));
    } catch (error) {
      if (error instanceof SqlError) throw new ApiError(error.reason, error.message, 'q');
      throw error;
    }
  };

/** A parameter by its name, or its position from 1. */
function parameterOf(parameters: readonly Parameter[], key: string): Parameter {
  const found = parameters.find(({ name }) => name === key) ?? parameters[Number(key) - 1];
  if (found === undefined) throw new ApiError('invalidQuery', `Query parameter ${key} not found`, 'q');
  return found;
}

const boundValues = (used: readonly Parameter[]) => ({
  values: used.map(({ bound }) => bound),
  valueTypes: used.map(({ boundType }) => boundType),
});
