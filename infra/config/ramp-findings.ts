import { nameProblem } from '../../functions/core/names.ts';
import { columnProblems } from '../../functions/core/schema/columns.ts';
import { recordColumns } from '../../functions/core/schema/metadata-columns.ts';
import type { CompiledSchema, CompiledSchemas } from '../schemas.ts';
import type { NameRegister } from './resource-names.ts';
import { didYouMean, listed } from './suggest.ts';
import { layoutFindings } from './table-layout.ts';
import type { Finding } from './yaml-file.ts';

/**
 * What is wrong with what a ramp refers to: its names, its schema and its columns. Paths start at the ramp.
 * Without `schemas`, which did not compile, nothing is said of the latter two.
 */
export function rampFindings(
  service: string,
  ramp: string,
  settings: Readonly<Record<string, unknown>>,
  schemas: CompiledSchemas | undefined,
  names: NameRegister,
): Finding[] {
  const { schema, warehouse, logs } = settings;
  const findings: Finding[] = [];

  const badId = nameProblem('ramp', ramp);
  if (badId !== undefined) {
    findings.push({ path: [], atKey: true, what: badId, mend: 'choose a name such as payment-event' });
  } else {
    const taken = names.take(service, ramp, { hasTable: schema !== undefined, hasLogs: logs !== undefined });
    if (taken !== undefined) findings.push({ path: [], atKey: true, ...taken });
  }

  const layout = typeof warehouse === 'object' && warehouse !== null ? warehouse : undefined;
  if (typeof schema === 'string' && schemas !== undefined) {
    const { compiled, wrong } = compiledSchema(schema, schemas);
    findings.push(...wrong);
    if (compiled !== undefined && layout !== undefined) {
      const columns = recordColumns(compiled.schema);
      findings.push(...layoutFindings(layout, columns).map(finding => under('warehouse', finding)));
    }
  } else if (schema === undefined && layout !== undefined) {
    findings.push({
      path: ['warehouse'],
      atKey: true,
      what: 'a ramp without schema has no table',
      mend: 'give the ramp a schema, or remove "warehouse"',
    });
  }
  return findings;
}

/** The schema of that name, with all that keeps its messages out of the warehouse. */
function compiledSchema(name: string, schemas: CompiledSchemas): { compiled?: CompiledSchema; wrong: Finding[] } {
  const finding = (what: string, mend: string): Finding => ({ path: ['schema'], what, mend });
  try {
    const compiled = schemas.get(name);
    if (compiled !== undefined) {
      const wrong = columnProblems(compiled.schema.message).map(({ field, problem }) =>
        finding(
          `the field ${field} of ${name} would not keep its name: ${problem}`,
          'rename the field, or name its column by the option onramp.field',
        ),
      );
      return { compiled, wrong };
    }
  } catch (error) {
    return {
      wrong: [finding(error instanceof Error ? error.message : String(error), 'choose or write another message')],
    };
  }
  const known = schemas.names.length === 0 ? 'it holds none yet' : `it holds ${listed(schemas.names)}`;
  return {
    wrong: [
      finding(`proto/ holds no message "${name}"`, didYouMean(name, schemas.names) ?? `declare it in proto/; ${known}`),
    ],
  };
}

const under = (key: string, finding: Finding): Finding => ({ ...finding, path: [key, ...finding.path] });
