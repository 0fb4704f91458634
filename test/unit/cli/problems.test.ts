import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFailure, UsageError } from '../../../cli/problems.ts';
import { OnrampError } from '../../../functions/core/errors.ts';
import { ConfigurationError } from '../../../infra/config/problem.ts';
import { CapturedTerminal } from './captured-terminal.ts';

const told = (error: unknown, debug = false) => describeFailure(error, new CapturedTerminal().stderr, debug);

describe('an error on the command line', () => {
  it('shows what is wrong and how to mend it for a code of the catalogue, without stack', () => {
    assert.deepEqual(told(new OnrampError('LOCAL_PORT_TAKEN', 'port 8400')), {
      text:
        'error LOCAL_PORT_TAKEN: port 8400\n' +
        '  Another program listens on a port that the local cloud needs.\n' +
        '  Stop that program, or choose other ports with --port-base.\n',
      exitCode: 2,
    });
    assert.equal(told(new OnrampError('LOCAL_FUNCTION_FAILED', 'x')).exitCode, 1);
  });

  it('is the report for a configuration with problems', () => {
    const problem = { file: 'a.yaml', line: 1, column: 2, what: 'wrong', mend: 'mend it' };
    assert.deepEqual(told(new ConfigurationError([problem])), {
      text: 'a.yaml:1:2  wrong\n    mend it\n\n1 problem\n',
      exitCode: 2,
    });
  });

  it('says what to type instead for a mistake in what was typed', () => {
    assert.deepEqual(told(new UsageError('no such thing', 'Try another.')), {
      text: 'error: no such thing\n  Try another.\n',
      exitCode: 2,
    });
  });

  it('shows the stack of what was not foreseen with --debug only', () => {
    const error = new TypeError('x is undefined');
    assert.deepEqual(told(error), {
      text: 'error: x is undefined\n  --debug shows where it arose.\n',
      exitCode: 1,
    });
    assert.match(
      told(error, true).text,
      /^error: x is undefined\nTypeError: x is undefined\n +at .*problems\.test\.ts/,
    );
  });

  it('is the message alone where a Google service answered it', () => {
    assert.deepEqual(told(Object.assign(new Error('Not found: Table a.b'), { code: 404 })), {
      text: 'error: Not found: Table a.b\n',
      exitCode: 1,
    });
  });
});
