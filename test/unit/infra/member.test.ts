import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memberProblem } from '../../../infra/config/member.ts';

const pool = 'iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p';

describe('a member', () => {
  for (const member of [
    'user:kim@example.com',
    'group:analysts@example.com',
    'serviceAccount:api@acme.iam.gserviceaccount.com',
    'domain:example.com',
    `principal://${pool}/subject/s`,
    `principalSet://${pool}/group/g`,
  ]) {
    it(`may be ${member}`, () => assert.equal(memberProblem(member), undefined));
  }

  for (const member of [
    'allUsers',
    'allAuthenticatedUsers',
    'kim@example.com',
    'user:kim',
    'user: kim@example.com',
    'users:kim@example.com',
    'serviceaccount:api@acme.iam.gserviceaccount.com',
    'domain:example',
    'principal://example.com/subject/s',
    'projectOwner:acme',
    'deleted:user:kim@example.com?uid=1',
    '',
  ]) {
    it(`may not be "${member}"`, () => assert.ok(memberProblem(member)));
  }
});
