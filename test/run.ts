/**
 * Every test: `npm test`. Arguments choose test files by a part of their path: `npm test -- pubsub`. What a test could
 * not run on this machine is listed with its reason; where CI is set, it counts as a failure, unless its reason begins with
 * `optional:`, which is for what CI may be without.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);

/** Tests of one group run side by side; groups that need the machine for themselves run one file at a time. */
const groups = [
  { folders: ['unit', 'docs'], concurrency: 2 },
  { folders: ['infra', 'wire', 'e2e', 'fault'], concurrency: 1 },
] as const;

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped: string[] = [];
const optional: string[] = [];

for (const { folders, concurrency } of groups) {
  const files = folders
    .flatMap(folder => globSync(`test/${folder}/**/*.test.ts`, { cwd: root }))
    .filter(file => wanted.length === 0 || wanted.some(part => file.includes(part)))
    .toSorted();
  if (files.length === 0) continue;
  const stream = run({ files: files.map(file => join(root, file)), concurrency, cwd: root, timeout: 10 * 60_000 });
  stream.on('test:pass', test => {
    if (test.skip === undefined) {
      if (test.details.type !== 'suite') counts.passed += 1;
      return;
    }
    // Of a suite that is skipped none of the tests is told.
    const reason = typeof test.skip === 'string' ? test.skip : 'no reason given';
    counts.skipped += 1;
    (reason.startsWith('optional:') ? optional : skipped).push(`${test.name}: ${reason}`);
  });
  stream.on('test:fail', test => {
    if (test.details.type !== 'suite') counts.failed += 1;
  });
  const report = stream.compose(spec);
  report.pipe(process.stdout, { end: false });
  await finished(report);
}

const ci = Boolean(process.env['CI']);
if (skipped.length > 0) {
  process.stdout.write(`\nNot run here${ci ? ', which counts as a failure in CI' : ''}:\n  ${skipped.join('\n  ')}\n`);
}
if (optional.length > 0) process.stdout.write(`\nNot run here:\n  ${optional.join('\n  ')}\n`);
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
const ran = counts.passed + counts.failed > 0;
process.exitCode = !ran || counts.failed > 0 || (ci && skipped.length > 0) ? 1 : 0;
