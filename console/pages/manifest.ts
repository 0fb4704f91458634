import type { ExportColumn } from '../../functions/core/batch/export-column.ts';
import type { LossCount } from '../../functions/core/batch/loss-ledger.ts';
import type { Manifest } from '../../functions/core/batch/manifest.ts';
import { type Html, html } from '../../functions/core/html.ts';
import type { ManifestView } from '../view/run.ts';
import { betweenText, bytesText, countText } from '../view/words.ts';
import { facts, table, time } from './parts.ts';

/** What an attempt has exported. */
export const manifestPart = ({ object, manifest }: ManifestView): Html => html`<h2>Manifest</h2>
<div class="panel">${facts([
  ['Object', html`<code>${object}</code>`],
  ['Attempt', manifest.attempt],
  ['Rows', countText(manifest.rows)],
  ['Size', bytesText(manifest.bytes)],
  ['Read as of', html`${time(manifest.readTime)}${!manifest.oneMoment && ', and parts of it later'}`],
  [
    'Snapshot',
    Object.entries(manifest.snapshot).map(([name, value]) => html`<div>${name} <code>${value}</code></div>`),
  ],
  ['Exported', html`${time(manifest.started)} in ${betweenText(manifest.started, manifest.ended)}`],
  ['Schema', html`<code>${manifest.schemaFingerprint}</code>`],
  ['Dropped columns', droppedText(manifest)],
])}</div>
<h3>Losses</h3>
${
  manifest.losses.length === 0
    ? html`<p class="soft">Every value was kept exactly.</p>`
    : table('Losses', ['Column', 'What', 'What became of it', '#Values'], manifest.losses.map(lossRow))
}
<h3>Files</h3>
${table(
  'Files',
  ['File', '#Rows', '#Size', 'CRC-32C'],
  manifest.files.map(
    ({ name, rows, bytes, crc32c }) =>
      html`<tr><td><code>${name.replace(/^.*\//, '')}</code></td><td class="number">${countText(rows)}</td><td class="number">${bytesText(bytes)}</td><td><code>${crc32c}</code></td></tr>`,
  ),
)}
<h3>Columns</h3>
${table('Columns', ['Column', 'Type', 'In the source', 'Mask', '#Values', '#Checksum'], manifest.columns.map(columnRow(manifest)))}`;

const droppedText = ({ masks }: Manifest): string =>
  masks
    .filter(({ method }) => method === 'drop')
    .map(({ column }) => column)
    .join(', ');

const columnRow =
  ({ checksums, masks }: Manifest) =>
  (column: ExportColumn): Html => {
    const sums = checksums.find(candidate => candidate.column === column.name);
    const mask = masks.find(candidate => candidate.column === column.name);
    return html`<tr><td><code>${column.name}</code></td>
<td>${column.repeated === true && 'array of '}${column.type}${column.precision !== undefined && `(${column.precision}, ${column.scale ?? 0})`}</td>
<td class="soft">${column.sourceType}</td>
<td>${mask?.method}${mask?.keyVersion !== undefined && ` v${mask.keyVersion}`}</td>
<td class="number">${sums && countText(sums.values)}</td>
<td class="number"><code>${sums?.sum ?? sums?.xor}</code></td></tr>`;
  };

const lossRow = ({ column, loss, answer, count }: LossCount): Html => html`<tr>
<td><code>${column}</code></td><td>${lossWords[loss]}</td><td>${answerWords[answer]}</td><td class="number">${countText(count)}</td></tr>`;

const lossWords: Readonly<Record<LossCount['loss'], string>> = {
  'zero-date': 'a date with a year, month or day of zero',
  infinity: 'infinity',
  nan: 'not a number',
  'out-of-range': 'beyond what the type holds',
  'end-of-day': '24:00:00',
  digits: 'more digits behind the point than the column has',
  'invalid-utf8': 'bytes that are no UTF-8',
  'null-element': 'a NULL in an array',
  'null-array': 'an array that is NULL',
  'nested-array': 'an array in an array',
  'sub-microsecond': 'finer than a microsecond',
  'json-number': 'a number in JSON that BigQuery rounds',
  'other-type': 'of another type than the column’s',
};

const answerWords: Readonly<Record<LossCount['answer'], string>> = {
  error: 'the export failed',
  null: 'NULL',
  drop: 'left out',
  round: 'whole in the files, rounded in BigQuery',
  empty: 'an empty array',
  replace: 'replaced by U+FFFD',
  truncate: 'cut off',
};
