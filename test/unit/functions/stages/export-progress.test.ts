import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { OnrampError } from '../../../../functions/core/errors.ts';
import { type ProgressReport, watchProgress } from '../../../../functions/stages/export-progress.ts';

interface Case {
  readonly rowsPerSecond: number;
  readonly estimatedRows?: number;
  readonly elsewhere?: number;
  readonly partitions?: { readonly by: string; readonly count: number };
}

/** An export of ten minutes at most, with a clock that goes as fast as the test wants. */
function watched(t: TestContext, { rowsPerSecond, estimatedRows, elsewhere = 0, partitions }: Case) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 0 });
  const reports: ProgressReport[] = [];
  const abort = new AbortController();
  const watch = watchProgress({
    request: { export: 'shop/orders', columns: {}, timeoutSeconds: 600, ...(partitions && { partitions }) },
    parts: partitions?.count ?? 1,
    estimatedRows,
    rows: () => ({ here: (Date.now() / 1000) * rowsPerSecond, elsewhere }),
    started: 0,
    deadline: 600_000,
    now: () => new Date(),
    tell: report => reports.push(report),
    abort,
  });
  t.after(() => watch.stop());
  return {
    reports,
    pass: (seconds: number) => t.mock.timers.tick(seconds * 1000),
    failure: () => (abort.signal.aborted ? (abort.signal.reason as OnrampError) : undefined),
  };
}

describe('the progress of an export', () => {
  it('is told every second, with when it will be done', t => {
    const { reports, pass, failure } = watched(t, { rowsPerSecond: 100, estimatedRows: 10_000 });
    pass(20);
    assert.equal(reports.length, 20);
    assert.deepEqual(reports.at(-1), {
      export: 'shop/orders',
      rows: 2000,
      estimatedRows: 10_000,
      secondsLeft: 80,
      late: false,
    });
    assert.equal(failure(), undefined);
  });

  it('gives up what would take twice its time, after half a minute, and says how to mend it', t => {
    const { pass, failure } = watched(t, { rowsPerSecond: 100, estimatedRows: 180_000 });
    pass(29);
    assert.equal(failure(), undefined);
    pass(1);
    assert.ok(failure() instanceof OnrampError);
    assert.equal(failure()?.code, 'EXPORT_DEADLINE');
    assert.match(
      failure()?.detail ?? '',
      /^3000 of about 180000 rows, 3000 of them in 30 s: the rest would take 1770 s, and 570 s are left; cut it by partitions, into 3 parts at least/,
    );
  });

  it('is late, and goes on, when it would take longer, but not twice its time', t => {
    const { reports, pass, failure } = watched(t, { rowsPerSecond: 100, estimatedRows: 100_000 });
    pass(60);
    assert.equal(reports.at(-1)?.late, true);
    assert.equal(failure(), undefined);
  });

  it('counts what other executions have read', t => {
    const { reports, pass, failure } = watched(t, { rowsPerSecond: 100, estimatedRows: 180_000, elsewhere: 170_000 });
    pass(40);
    assert.equal(failure(), undefined);
    assert.equal(reports.at(-1)?.rows, 174_000);
    assert.equal(reports.at(-1)?.secondsLeft, 60);
  });

  it('asks for more time where there are parts', t => {
    const { pass, failure } = watched(t, {
      rowsPerSecond: 100,
      estimatedRows: 180_000,
      partitions: { by: 'id', count: 8 },
    });
    pass(30);
    assert.match(
      failure()?.detail ?? '',
      /allow more time by execution_timeout \(10 minutes now\), to 30 minutes at least/,
    );
  });

  it('gives nothing up without an estimate', t => {
    const { reports, pass, failure } = watched(t, { rowsPerSecond: 1 });
    pass(500);
    assert.equal(failure(), undefined);
    assert.deepEqual(reports.at(-1), { export: 'shop/orders', rows: 500, late: false });
  });
});
