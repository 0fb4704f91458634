import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStackSettings } from '../../../infra/stack-settings.ts';

describe('the settings of a stack', () => {
  it('need only a project', () => {
    assert.deepEqual(parseStackSettings({ project: 'acme-platform' }), {
      project: 'acme-platform',
      region: 'asia-northeast1',
      protect: true,
      lakeNearlineAfterDays: 30,
      lakeDeleteAfterDays: undefined,
      buildServiceAccount: undefined,
    });
  });

  it('are read from text', () => {
    const settings = parseStackSettings({
      project: 'acme-platform',
      region: 'europe-west1',
      protect: 'false',
      lakeNearlineAfterDays: '7',
      lakeDeleteAfterDays: '365',
      buildServiceAccount: 'build@acme-platform.iam.gserviceaccount.com',
    });
    assert.equal(settings.protect, false);
    assert.equal(settings.lakeDeleteAfterDays, 365);
  });

  it('are refused with everything that is wrong with them', () => {
    assert.throws(
      () =>
        parseStackSettings({ project: 'X', region: 'tokyo', protect: 'maybe', lakeDeleteAfterDays: '0', regoin: 'a' }),
      (error: Error) => {
        for (const key of ['project', 'region', 'protect', 'lakeDeleteAfterDays', 'regoin']) {
          assert.ok(error.message.includes(`onramp:${key}`), `${key} in ${error.message}`);
        }
        assert.match(error.message, /did you mean "region"/);
        return true;
      },
    );
  });

  it('are refused without a project', () => {
    assert.throws(() => parseStackSettings({}), /onramp:project: pulumi config set onramp:project/);
  });
});
