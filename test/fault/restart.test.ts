import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { departure } from '../support/events.ts';
import { startTestCloud } from '../support/local-cloud.ts';

const count = async (test: Awaited<ReturnType<typeof startTestCloud>>) => {
  const [rows] = await test.clients.bigquery.query('SELECT COUNT(*) AS n FROM flights.departures_deduplicated');
  return (rows as { n: number }[])[0]?.n;
};

describe('a local cloud that is started again', () => {
  it('has its data, and delivers what was published and not delivered before it stopped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-'));
    try {
      {
        await using first = await startTestCloud({ folder });
        const topic = first.clients.pubsub.topic('ramp-flights-departures');
        await topic.publishMessage({ data: departure(1) });
        await first.drained();
        assert.equal(await count(first), 1);
        // From here on nothing is delivered, so that the next message outlives this instance.
        await first.cloud.pubsub.pausePush();
        await topic.publishMessage({ data: departure(2) });
      }
      await using second = await startTestCloud({ folder });
      await second.drained();
      assert.equal(await count(second), 2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('refuses to work on a folder that another one has', async () => {
    await using first = await startTestCloud();
    await assert.rejects(startTestCloud({ folder: first.folder }), {
      name: 'OnrampError',
      code: 'LOCAL_FOLDER_IN_USE',
    });
  });
});
