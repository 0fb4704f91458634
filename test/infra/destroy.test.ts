import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportsCatalogueObject } from '../../functions/core/batch/exports-catalogue.ts';
import { batchBuckets, buckets, registryObjects } from '../../functions/core/names.ts';
import { loadDeclaration } from '../../infra/load.ts';
import { renderDeclaration } from '../../infra/render.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { exampleStack, ofType, project, root } from '../support/example-stack.ts';

describe('what survives a destroy', () => {
  it('are all buckets and datasets, with what is in them', () => {
    assert.equal(ofType(exampleStack, 'Bucket').length, Object.keys({ ...buckets, ...batchBuckets }).length);
    for (const { name, protect, inputs } of ofType(exampleStack, 'Bucket')) {
      assert.ok(protect, name);
      assert.equal(inputs['forceDestroy'], false, name);
    }
    for (const { name, protect, inputs } of ofType(exampleStack, 'Dataset')) {
      assert.ok(protect, name);
      assert.equal(inputs['deleteContentsOnDestroy'], false, name);
    }
  });

  it('is the secret for the masking key, with its versions', () => {
    const secrets = ofType(exampleStack, 'Secret');
    assert.deepEqual(
      secrets.map(({ name, protect }) => [name, protect]),
      [['onramp-masking-key', true]],
    );
  });

  it('are the catalogues, in a bucket whose schemas no deployment knows of', () => {
    const objects = ofType(exampleStack, 'BucketObject').filter(
      ({ inputs }) => inputs['bucket'] === buckets.registry(project),
    );
    assert.deepEqual(objects.map(({ inputs }) => inputs['name']).toSorted(), [
      registryObjects.catalogue,
      exportsCatalogueObject,
    ]);
    for (const { name, retainOnDelete } of objects) assert.ok(retainOnDelete, name);
  });

  it('are the APIs that others may use', () => {
    const apis = exampleStack.resources.filter(({ type }) => type === 'gcp:projects/service:Service');
    assert.ok(apis.length > 0);
    for (const { name, inputs } of apis) assert.equal(inputs['disableOnDestroy'], false, name);
  });

  it('is nothing but these', () => {
    const kept = exampleStack.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    const types = new Set(kept.map(({ type }) => type.split(':').at(-1)));
    assert.deepEqual([...types].toSorted(), ['Bucket', 'BucketObject', 'Dataset', 'Secret']);
  });
});

describe('a stack for development', () => {
  it('may be destroyed', async () => {
    const { resources } = await renderDeclaration(
      loadDeclaration(root, parseStackSettings({ project, protect: 'false' })),
    );
    assert.ok(resources.every(({ protect }) => !protect));
  });
});
