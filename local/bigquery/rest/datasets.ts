import type { Access } from '../access.ts';
import { checkDataset, checkProject, type DatasetName, datasetId, datasetResource } from '../names.ts';
import { checkLabels, isObject, patched, pick, textOf } from '../properties.ts';
import type { Catalogue, Draft } from '../store/catalogue.ts';
import type { DatasetRecord } from '../store/records.ts';
import { type Call, type Route, route } from './route.ts';
import { page } from './server.ts';

const writable = [
  'access',
  'defaultCollation',
  'defaultPartitionExpirationMs',
  'defaultTableExpirationMs',
  'description',
  'friendlyName',
  'labels',
  'location',
  'maxTimeTravelHours',
  'storageBillingModel',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export function datasetRoutes(catalogue: Catalogue, access: Access): Route[] {
  const one = 'projects/{project}/datasets/{dataset}';

  function list({ caller, path, query }: Call): object {
    const project = path['project'] ?? '';
    access.project(caller, 'bigquery.datasets.list', project);
    const { items, ...rest } = page(catalogue.datasets(project), query);
    return { kind: 'bigquery#datasetList', etag: project, ...rest, datasets: items.map(listItem) };
  }

  async function insert({ caller, path, body }: Call): Promise<object> {
    const project = path['project'] ?? '';
    access.project(caller, 'bigquery.datasets.create', project);
    const reference = isObject(body['datasetReference']) ? body['datasetReference'] : {};
    const dataset = textOf(reference['datasetId']);
    checkProject(project);
    checkDataset(dataset);
    checkLabels(body);
    return resource(await catalogue.createDataset({ project, dataset, properties: pick(body, writable) }));
  }

  function get({ caller, path }: Call): object {
    const name = datasetOf(path);
    access.dataset(caller, 'bigquery.datasets.get', name);
    return resource(catalogue.dataset(name));
  }

  const change =
    (properties: (old: DatasetRecord, call: Call) => Record<string, unknown>) =>
    async (call: Call): Promise<object> => {
      const name = datasetOf(call.path);
      access.dataset(call.caller, 'bigquery.datasets.update', name);
      checkLabels(call.body);
      const draft: Draft<DatasetRecord> = { ...name, properties: properties(catalogue.dataset(name), call) };
      return resource(await catalogue.replaceDataset(draft, call.ifMatch));
    };

  async function remove({ caller, path, query }: Call): Promise<undefined> {
    const name = datasetOf(path);
    access.dataset(caller, 'bigquery.datasets.delete', name);
    await catalogue.dropDataset(name, query.get('deleteContents') === 'true');
    return undefined;
  }

  return [
    route('GET', 'projects/{project}/datasets', list),
    route('POST', 'projects/{project}/datasets', insert),
    route('GET', one, get),
    route(
      'PATCH',
      one,
      change((old, { body }) => patched(old.properties, body, writable)),
    ),
    route(
      'PUT',
      one,
      change((_old, { body }) => pick(body, writable)),
    ),
    route('DELETE', one, remove),
  ];
}

export const datasetOf = (path: Readonly<Record<string, string>>): DatasetName => ({
  project: path['project'] ?? '',
  dataset: path['dataset'] ?? '',
});

/** The location of every dataset that was made without one. */
export const defaultLocation = 'US';

function resource(record: DatasetRecord): object {
  const { project, dataset } = record;
  return {
    kind: 'bigquery#dataset',
    etag: record.etag,
    id: datasetId(record),
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/${datasetResource(record)}`,
    datasetReference: { projectId: project, datasetId: dataset },
    location: defaultLocation,
    ...record.properties,
    creationTime: String(record.creationTime),
    lastModifiedTime: String(record.lastModifiedTime),
    type: 'DEFAULT',
  };
}

function listItem(record: DatasetRecord): object {
  return {
    kind: 'bigquery#dataset',
    id: datasetId(record),
    datasetReference: { projectId: record.project, datasetId: record.dataset },
    location: defaultLocation,
    ...pick(record.properties, ['friendlyName', 'labels', 'location']),
  };
}
