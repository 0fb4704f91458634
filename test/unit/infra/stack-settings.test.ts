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
      rawLakeDeleteAfterDays: undefined,
      maskingKeyVersions: [1],
      buildServiceAccount: undefined,
      instanceBilledStages: [],
      notificationChannels: [],
      operators: [],
    });
  });

  it('are read from text', () => {
    const settings = parseStackSettings({
      project: 'acme-platform',
      region: 'europe-west1',
      protect: 'false',
      lakeNearlineAfterDays: '7',
      lakeDeleteAfterDays: '365',
      rawLakeDeleteAfterDays: '90',
      maskingKeyVersions: '2, 1,2',
      buildServiceAccount: 'build@acme-platform.iam.gserviceaccount.com',
      instanceBilledStages: 'hub-to-raw-lake,ramp-to-hub',
      notificationChannels: 'oncall@example.com, projects/p/notificationChannels/1,oncall@example.com',
      operators: 'user:oncall@example.com,group:operators@example.com, user:oncall@example.com',
    });
    assert.equal(settings.protect, false);
    assert.equal(settings.lakeDeleteAfterDays, 365);
    assert.equal(settings.rawLakeDeleteAfterDays, 90);
    assert.deepEqual(settings.maskingKeyVersions, [1, 2]);
    assert.deepEqual(settings.instanceBilledStages, ['ramp-to-hub', 'hub-to-raw-lake']);
    assert.deepEqual(settings.notificationChannels, ['oncall@example.com', 'projects/p/notificationChannels/1']);
    assert.deepEqual(settings.operators, ['user:oncall@example.com', 'group:operators@example.com']);
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

  it('may give no version of the masking key', () => {
    assert.deepEqual(
      parseStackSettings({ project: 'acme-platform', maskingKeyVersions: 'none' }).maskingKeyVersions,
      [],
    );
  });

  it('are refused with a version that is none', () => {
    for (const [text, what] of [
      ['latest', '"latest" is no version'],
      ['1, none', '"none" is no version'],
      ['0', '"0" is no version'],
      [' ', 'it is empty'],
    ] as const) {
      assert.throws(
        () => parseStackSettings({ project: 'acme-platform', maskingKeyVersions: text }),
        (error: Error) =>
          error.message.includes(`onramp:maskingKeyVersions: ${what}; write numbers such as 1, 2, or none`),
        text,
      );
    }
  });

  it('are refused with a stage that there is not', () => {
    assert.throws(
      () =>
        parseStackSettings({ project: 'acme-platform', instanceBilledStages: 'hub-to-raw-lake, hub-to-rawlake, x' }),
      (error: Error) => {
        assert.match(
          error.message,
          /onramp:instanceBilledStages: "hub-to-rawlake" is no stage; did you mean "hub-to-raw-lake"/,
        );
        assert.match(error.message, /"x" is no stage; the stages are .*hub-to-warehouse/);
        return true;
      },
    );
  });

  it('are refused with a notification channel that can be none', () => {
    for (const channel of ['#oncall', 'projects/p/notificationChannels/oncall']) {
      assert.throws(
        () => parseStackSettings({ project: 'acme-platform', notificationChannels: `oncall@example.com, ${channel}` }),
        (error: Error) => {
          assert.ok(
            error.message.includes(`onramp:notificationChannels: "${channel}" is no notification channel; write`),
          );
          return true;
        },
      );
    }
  });

  it('are refused with an operator who is everybody, or nobody', () => {
    for (const member of [
      'allUsers',
      'allAuthenticatedUsers',
      'domain:example.com',
      'oncall@example.com',
      'user:oncall',
    ]) {
      assert.throws(
        () => parseStackSettings({ project: 'acme-platform', operators: `user:oncall@example.com, ${member}` }),
        (error: Error) => error.message.includes(`onramp:operators: "${member}" is nobody who could be an operator`),
      );
    }
  });

  it('are refused without a project', () => {
    assert.throws(() => parseStackSettings({}), /onramp:project: pulumi config set onramp:project/);
  });
});
