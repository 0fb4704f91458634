import { OnrampError } from '../../functions/core/errors.ts';
import type { RampAddress } from '../../functions/core/names.ts';
import { compareSchemas } from '../../functions/core/schema/compatibility.ts';
import { type CompatibilityRule, compatibilityRules } from '../../functions/core/schema/compatibility-rules.ts';
import type { Schema } from '../../functions/core/schema/descriptor-set.ts';
import { type Problem, sortProblems } from '../config/problem.ts';
import type { Service } from '../config/service.ts';
import type { CompiledSchemas } from '../schemas.ts';
import { type Baseline, rampsWithSchema } from './baseline.ts';
import { breakingFindings, lintProblems, withoutCovered } from './buf-findings.ts';
import { type Finding, type SchemaCheck, sortFindings } from './finding.ts';
import { rampTables } from './ramp-tables.ts';
import { tableFindings } from './table-findings.ts';

/** What is configured now. */
export interface Configured {
  /** Folder that holds `services/`, `proto/` and `buf.yaml`. */
  readonly root: string;
  /** Empty when there are problems. */
  readonly services: readonly Service[];
  /** Undefined when proto/ does not compile. */
  readonly schemas: CompiledSchemas | undefined;
  readonly problems: readonly Problem[];
}

/** Judges a change of the schemas before anyone publishes it. All that is found is found at once. */
export function checkSchemas({ root, services, schemas, problems }: Configured, baseline: Baseline): SchemaCheck {
  const check = { version: 1, against: baseline.label } as const;
  if (schemas === undefined) return { ...check, problems, findings: [], tables: [] };
  const ramps = rampsWithSchema(services);
  const tables = problems.length === 0 ? rampTables(ramps, baseline, schemas) : undefined;
  const ours = [
    ...schemaFindings(schemas, baseline, new Set([...ramps.values()].map(({ schema }) => schema))),
    ...(tables === undefined ? [] : tableFindings(root, ramps, baseline, tables)),
  ];
  const buf = schemas.names.length === 0 ? [] : baseline.inputs.flatMap(input => breakingFindings(root, input));
  return {
    ...check,
    problems: sortProblems([...problems, ...(schemas.names.length === 0 ? [] : lintProblems(root))]),
    findings: sortFindings([...ours, ...withoutCovered(unique(buf), ours)]),
    tables: tables?.changes ?? [],
  };
}

/** What the rules of the warehouse say of the schemas that ramps have or had. */
function schemaFindings(schemas: CompiledSchemas, baseline: Baseline, used: ReadonlySet<string>): Finding[] {
  const names = new Set([...used, ...[...baseline.ramps.values()].map(({ schema }) => schema)]);
  const findings = [...names].toSorted().flatMap((name): Finding[] => {
    const at = (rule: CompatibilityRule, place: string, what: string, mend: string): Finding => ({
      level: compatibilityRules[rule].level,
      rule,
      ...(schemas.position(place) ?? { file: 'proto', line: 1, column: 1 }),
      what,
      why: compatibilityRules[rule].why,
      mend,
    });
    let schema: Schema | undefined;
    try {
      schema = schemas.get(name)?.schema;
    } catch (error) {
      if (!(error instanceof OnrampError)) throw error;
      const mend =
        'split the message, or replace the part that nests most by a google.protobuf.Struct, which is one column';
      return error.code === 'SCHEMA_TOO_WIDE' ? [at('TOO_MANY_COLUMNS', name, error.detail, mend)] : [];
    }
    if (schema === undefined) {
      const ramp = rampOf(baseline, name);
      return ramp === undefined
        ? []
        : [at('MESSAGE_REMOVED', name, `the message ${name}, which the ramp ${ramp} has, is gone`, 'put it back')];
    }
    return compareSchemas(baseline.schema(name), schema).map(({ rule, at: place, what, mend }) =>
      at(rule, place, what, mend),
    );
  });
  return unique(findings);
}

const rampOf = ({ ramps }: Baseline, name: string): RampAddress | undefined =>
  [...ramps].find(([, { schema }]) => schema === name)?.[0];

/** A message that several ramps share says the same for each of them. */
const unique = (findings: readonly Finding[]) => [
  ...new Map(findings.map(finding => [JSON.stringify(finding), finding])).values(),
];
