import { createHash } from 'node:crypto';
import { escapeHtml } from '../../functions/core/html.ts';
import type { Catalog, CatalogRamp, Lineage } from './catalog.ts';
import { pageScript, pageStyle } from './catalog-page-assets.ts';
import { fieldCells, fieldTitles } from './catalog-text.ts';
import type { CatalogField } from './fields.ts';

/**
 * A catalog as one page of HTML that needs nothing else: style and script are in it, and its policy lets nothing be loaded
 * or run besides.
 */
export function catalogPage(catalog: Catalog): string {
  const { project, ramps } = catalog;
  const fields = ramps.reduce((sum, ramp) => sum + ramp.fields.length, 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Catalog of ${escape(project)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Catalog of ${escape(project)}</h1>
<p>${counted(ramps.length, 'ramp')}, ${counted(fields, 'field')}</p>
<form role="search"><label for="search">Search</label>
<input id="search" type="search" placeholder="a ramp, field, type, class, reader …" autocomplete="off"></form>
<p id="found" role="status"></p>
</header>
<main>
${classesOf(catalog)}${ramps.map(sectionOf).join('')}</main>
<script>${pageScript}</script>
</body>
</html>
`;
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const policy = [
  "default-src 'none'",
  `style-src ${hashOf(pageStyle)}`,
  `script-src ${hashOf(pageScript)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function sectionOf(ramp: CatalogRamp): string {
  const id = ramp.ramp.replace('/', '.');
  return `<section class="ramp" id="${escape(id)}" aria-labelledby="h-${escape(id)}">
<h2 id="h-${escape(id)}"><a href="#${escape(id)}">${escape(ramp.ramp)}</a></h2>
${ramp.description === '' ? '' : `<p>${escape(ramp.description)}</p>\n`}<dl>
${fact('Owner', [ramp.owner])}${fact('Schema', [ramp.schema ?? 'none: any bytes'])}${fact('Publishers', ramp.publishers)}${
  ramp.schema === null ? '' : fact('Readers', ramp.readers) + fact('Lake readers', ramp.lakeReaders)
}${fact('Raw readers', ramp.rawReaders)}</dl>
${lineageOf(ramp.lineage)}${ramp.fields.length === 0 ? '' : tableOf(ramp)}</section>
`;
}

const fact = (name: string, values: readonly string[]) =>
  `<div><dt>${name}</dt>${
    values.length === 0 ? '<dd class="none">nobody</dd>' : values.map(value => `<dd>${escape(value)}</dd>`).join('')
  }</div>\n`;

const steps = {
  topic: 'Topic',
  hub: 'Hub',
  rawLake: 'Raw lake',
  structuredLake: 'Structured lake',
  table: 'Table',
  view: 'View',
} as const satisfies Record<keyof Lineage, string>;

function lineageOf(lineage: Lineage): string {
  const items = (Object.keys(steps) as (keyof Lineage)[]).flatMap(step => {
    const place = lineage[step];
    return place === null ? [] : [`<li><b>${steps[step]}</b> <code>${escape(place)}</code></li>`];
  });
  return `<ol class="lineage" aria-label="Where an event goes">${items.join('')}</ol>\n`;
}

function tableOf({ ramp, fields }: CatalogRamp): string {
  const head = fieldTitles.map(title => `<th scope="col">${title.replace(/^./, first => first.toUpperCase())}</th>`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="Fields of ${escape(ramp)}"><table>
<caption>Fields</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${fields.map(rowOf).join('')}</tbody>
</table></div>
`;
}

function rowOf(field: CatalogField): string {
  const [name = '', column = '', type = '', protoType = '', personal = '', tag = '', text = ''] =
    fieldCells(field).map(escape);
  const masked = personal === '' ? '' : `<span class="pii ${field.mask ?? ''}">${personal}</span>`;
  // The last part of a policy tag's name tells it apart; all of it is there for the pointer and for the search.
  const short =
    tag === '' ? '' : `<abbr title="${tag}">…/${tag.replace(/^.*\/taxonomies\/(\d+)\/policyTags\//, '$1/')}</abbr>`;
  return `<tr><th scope="row"><code>${breakable(name)}</code></th><td><code>${breakable(column)}</code></td><td>${type}</td><td><code>${breakable(protoType)}</code></td><td>${masked}</td><td>${short}</td><td class="text">${text}</td></tr>
`;
}

function classesOf({ piiClasses }: Catalog): string {
  const entries = Object.entries(piiClasses);
  if (entries.length === 0) return '';
  const items = entries.map(([id, { mask, truncate, description }]) => {
    const kept = truncate === undefined ? '' : ` to ${truncate}`;
    return `<li><b>${escape(id)}</b> ${mask}${kept}${description === undefined ? '' : ` – ${escape(description)}`}</li>`;
  });
  return `<details class="classes"><summary>Classes of personal data</summary><ul>${items.join('')}</ul></details>\n`;
}

/** A long dotted path may be broken after its dots. */
const breakable = (escaped: string) => escaped.replaceAll('.', '.<wbr>');

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Control characters, and those that turn the direction of text, are shown as what they are not allowed to do. */
const escape = (text: string) =>
  escapeHtml(text).replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, character =>
    character === '\n' ? ' ' : '\ufffd',
  );
