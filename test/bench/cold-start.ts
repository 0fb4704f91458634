/**
 * How long a function of the deploy archive takes from the start of its process to its first answer, by which time all
 * its clients are there: median of 5 starts, in turn, in milliseconds. Usage: node test/bench/cold-start.ts [function...]
 */
import { type StageId, stageIds } from '../../functions/core/wiring.ts';
import { stageEnvironment } from '../../infra/environment.ts';
import { installArchive, startDeployed } from '../support/deployed-function.ts';

const bar = 400;
const starts = 5;
const asked = process.argv.slice(2);
const chosen = stageIds.filter(id => asked.length === 0 || asked.includes(id));

using archive = await installArchive();
let slow = 0;
for (const id of chosen) {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) times.push(await readyMillis(id));
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(starts / 2)] ?? Number.NaN;
  if (!(median <= bar)) slow += 1;
  console.log(
    `${id.padEnd(24)} ${median.toFixed(0).padStart(5)} ms  (${sorted.map(time => time.toFixed(0)).join(', ')})`,
  );
}
console.log(slow === 0 ? `all within ${bar} ms` : `${slow} over ${bar} ms`);
process.exitCode = slow === 0 ? 0 : 1;

async function readyMillis(id: StageId): Promise<number> {
  // Nothing listens there: a client connects only once there is a message.
  const nowhere = '127.0.0.1:9';
  await using deployed = await startDeployed({
    folder: archive.folder,
    entryPoint: id,
    environment: {
      ...stageEnvironment(id, 'local-bench'),
      PUBSUB_EMULATOR_HOST: nowhere,
      STORAGE_EMULATOR_HOST: `http://${nowhere}`,
      BIGQUERY_EMULATOR_HOST: `http://${nowhere}`,
      BIGQUERY_STORAGE_EMULATOR_HOST: nowhere,
    },
  });
  return deployed.readyMillis;
}
