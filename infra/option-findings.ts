import type { DescMessage } from '@bufbuild/protobuf';
import type { PiiClasses } from '../functions/core/catalogue.ts';
import { errorCatalogue, OnrampError } from '../functions/core/errors.ts';
import { recordColumns } from '../functions/core/schema/metadata-columns.ts';
import { optionProblems } from '../functions/core/schema/option-problems.ts';
import { messageOptions } from '../functions/core/schema/options.ts';
import type { Problem } from './config/problem.ts';
import { layoutFindings } from './config/table-layout.ts';
import type { CompiledSchemas } from './schemas.ts';

/** Every option of `onramp/options.proto` with a value that it cannot have, in all messages that were compiled. */
export function optionFindings(
  schemas: CompiledSchemas,
  message: (name: string) => DescMessage | undefined,
  classes: PiiClasses | undefined,
): Problem[] {
  return schemas.names.flatMap(name => {
    const desc = message(name);
    if (desc === undefined) return [];
    const ofOptions = optionProblems(desc, classes).map(({ field, problem }) =>
      found(schemas, desc, field, `${field === undefined ? name : `the field ${field}`}: ${problem}`),
    );
    const ofLayout = layoutProblems(schemas, desc).map(what => found(schemas, desc, undefined, `${name}: ${what}`));
    return [...ofOptions, ...ofLayout];
  });
}

function layoutProblems(schemas: CompiledSchemas, desc: DescMessage): string[] {
  const { partitionBy, clusterBy } = messageOptions(desc);
  if (partitionBy === undefined && clusterBy === undefined) return [];
  try {
    const schema = schemas.get(desc.typeName)?.schema;
    if (schema === undefined) return [];
    const written = { partition_by: partitionBy, cluster_by: clusterBy };
    return layoutFindings(written, recordColumns(schema)).map(
      ({ path, what, mend }) => `${String(path[0])}: ${what}; ${mend}`,
    );
  } catch (error) {
    // A message that can have no table is told of where a ramp names it.
    if (error instanceof OnrampError) return [];
    throw error;
  }
}

function found(schemas: CompiledSchemas, desc: DescMessage, field: string | undefined, what: string): Problem {
  const place = schemas.position(field === undefined ? desc.typeName : `${desc.typeName}.${field}`);
  return {
    ...(place ?? { file: `proto/${desc.file.name}.proto`, line: 1, column: 1 }),
    what: `SCHEMA_OPTION_INVALID: ${what}`,
    mend: errorCatalogue.SCHEMA_OPTION_INVALID.mend,
  };
}
