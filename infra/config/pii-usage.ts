import type { DescMessage } from '@bufbuild/protobuf';
import type { PiiClasses } from '../../functions/core/catalogue.ts';
import { fieldOptions } from '../../functions/core/schema/options.ts';
import type { CompiledSchemas } from '../schemas.ts';
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';
import { unknownClass } from './unknown-class.ts';

/**
 * Fields, of the schemas that ramps have, whose class is not among those of `services/pii.yaml`: a slip of the hand would
 * otherwise be masked as nobody meant it. Without that file every class will do.
 */
export function piiUsageProblems(
  services: readonly Service[],
  schemas: CompiledSchemas | undefined,
  classes: PiiClasses | undefined,
): Problem[] {
  if (classes === undefined || schemas === undefined) return [];
  const names = new Set(services.flatMap(({ ramps }) => ramps.flatMap(({ schema }) => schema ?? [])));
  const roots = [...names].flatMap(name => schemas.get(name)?.schema.message ?? []);
  return reachable(roots).flatMap(message =>
    message.fields.flatMap(field => {
      const { pii } = fieldOptions(field);
      if (pii === undefined || Object.hasOwn(classes, pii)) return [];
      const place = schemas.position(`${message.typeName}.${field.name}`);
      return [
        {
          ...(place ?? { file: `proto/${message.file.name}.proto`, line: 1, column: 1 }),
          ...unknownClass(`the field ${field.name}`, pii, classes),
        },
      ];
    }),
  );
}

/** The messages, and all that they hold. */
function reachable(roots: readonly DescMessage[]): DescMessage[] {
  const seen = new Set(roots);
  // A set is walked on to what is added to it on the way.
  for (const message of seen) {
    for (const { message: inner } of message.fields) if (inner !== undefined) seen.add(inner);
  }
  return [...seen];
}
