import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listenForInterrupts } from '../../../cli/interrupts.ts';
import { CapturedTerminal } from './captured-terminal.ts';

function pressing() {
  const terminal = new CapturedTerminal();
  let clock = 1_000_000;
  let forced = 0;
  const interrupts = listenForInterrupts(
    terminal,
    () => {
      forced += 1;
    },
    () => clock,
  );
  return {
    terminal,
    interrupts,
    press: (signal: NodeJS.Signals, millisLater: number) => {
      clock += millisLater;
      terminal.emit(signal);
      return { stopped: interrupts.stopped.aborted, forced };
    },
  };
}

describe('interrupts', () => {
  it('stop at the first and force at the second', () => {
    const { press } = pressing();
    assert.deepEqual(press('SIGINT', 0), { stopped: true, forced: 0 });
    assert.deepEqual(press('SIGINT', 501), { stopped: true, forced: 1 });
  });

  it('take the copies of one Ctrl-C that npm forwards for the same press', () => {
    const { press } = pressing();
    press('SIGINT', 0);
    assert.deepEqual(press('SIGINT', 3), { stopped: true, forced: 0 });
    assert.deepEqual(press('SIGINT', 400), { stopped: true, forced: 0 });
    assert.deepEqual(press('SIGINT', 200), { stopped: true, forced: 1 });
  });

  it('are also SIGTERM and SIGHUP', () => {
    assert.equal(pressing().press('SIGTERM', 0).stopped, true);
    assert.equal(pressing().press('SIGHUP', 0).stopped, true);
  });

  it('leave no listener behind', () => {
    const { terminal, interrupts } = pressing();
    interrupts.dispose();
    assert.deepEqual(terminal.eventNames(), []);
  });
});
