import { didYouMean } from '../../suggest.ts';
import { filters, tests } from './filters.ts';
import type { Expression, Statement } from './syntax.ts';
import { type Place, TemplateError } from './template-error.ts';

/**
 * What is wrong with a template whichever of its branches are taken: variables, filters and tests that do not exist.
 * `variables` are the names that it is rendered with. In the order of the template.
 */
export function checkStatements(statements: readonly Statement[], variables: Iterable<string>): TemplateError[] {
  const errors: TemplateError[] = [];
  const known = new Set([...variables, 'range']);

  const report = (kind: string, name: string, names: readonly string[], at: Place) => {
    const mend = didYouMean(name, names) ?? `the ${kind}s are ${names.toSorted().join(', ')}`;
    errors.push(new TemplateError(`there is no ${kind} "${name}"`, mend, at));
  };

  function expression(written: Expression, mayBeMissing = false): void {
    switch (written.type) {
      case 'constant':
        return;
      case 'name':
        if (!known.has(written.name) && !mayBeMissing) report('variable', written.name, [...known], written.at);
        return;
      case 'filter':
        if (!filters.has(written.name)) report('filter', written.name, [...filters.keys()], written.at);
        expression(written.of, /^d(efault)?$/.test(written.name));
        break;
      case 'test':
        if (!tests.has(written.name)) report('test', written.name, [...tests.keys()], written.at);
        expression(written.of, /^(un)?defined$/.test(written.name));
        break;
      default:
        break;
    }
    for (const part of partsOf(written)) expression(part);
  }

  function all(list: readonly Statement[]): void {
    for (const statement of list) {
      switch (statement.type) {
        case 'text':
          break;
        case 'print':
          expression(statement.value);
          break;
        case 'set':
          expression(statement.value);
          for (const name of statement.names) known.add(name);
          break;
        case 'if':
          for (const { test, body } of statement.branches) {
            expression(test);
            all(body);
          }
          all(statement.otherwise);
          break;
        case 'for':
          expression(statement.items);
          for (const name of [...statement.names, 'loop']) known.add(name);
          if (statement.filter !== undefined) expression(statement.filter);
          all(statement.body);
          all(statement.otherwise);
          break;
      }
    }
  }

  all(statements);
  return errors;
}

/** The expressions that one consists of, apart from what a filter or a test is of. */
function partsOf(written: Expression): readonly Expression[] {
  const args = 'args' in written ? [...written.args.positional, ...written.args.named.map(({ value }) => value)] : [];
  switch (written.type) {
    case 'constant':
    case 'name':
      return [];
    case 'filter':
    case 'test':
      return args;
    case 'list':
      return written.items;
    case 'mapping':
      return written.entries.flat();
    case 'attribute':
    case 'unary':
      return [written.of];
    case 'item':
      return [written.of, written.key];
    case 'slice':
      return [written.of, written.from, written.to, written.step].filter(part => part !== undefined);
    case 'call':
      return [written.of, ...args];
    case 'binary':
    case 'logic':
      return [written.left, written.right];
    case 'compare':
      return [written.first, ...written.rest.map(({ right }) => right)];
    case 'condition':
      return [written.test, written.then, ...(written.otherwise === undefined ? [] : [written.otherwise])];
  }
}
