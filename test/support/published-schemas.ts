import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogueTable } from '../../functions/core/catalogue.ts';
import type { Service } from '../../infra/config/service.ts';
import { type CompiledSchema, compileSchemas } from '../../infra/schemas.ts';

/** The name of the message that `compileSale` compiles, which the ramp of `shop` has. */
export const sale = 'shop.v1.Sale';

/** Compiles a proto file with a message of these fields, as a project's. */
export function compileSale(...fields: readonly string[]): CompiledSchema {
  const root = mkdtempSync(join(tmpdir(), 'onramp-sale-'));
  try {
    mkdirSync(join(root, 'proto/shop/v1'), { recursive: true });
    const body = fields.map(field => `  ${field};\n`).join('');
    writeFileSync(
      join(root, 'proto/shop/v1/sale.proto'),
      `syntax = "proto3";\npackage shop.v1;\nmessage Sale {\n${body}}\n`,
    );
    writeFileSync(join(root, 'buf.yaml'), 'version: v2\nmodules:\n  - path: proto\n');
    const compiled = compileSchemas(root).schemas?.get(sale);
    if (!compiled) throw new Error('it does not compile');
    return compiled;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export const saleTable = (table: string): CatalogueTable => ({
  dataset: 'shop',
  table,
  partitionBy: 'onramp_publish_time',
  clusterBy: [],
  labels: {},
});

/** A service with a ramp of that schema, whose rows go into this table. */
export const shopWith = (table: string): Service => ({
  id: 'shop',
  owner: 'shop-team@example.com',
  project: undefined,
  readers: [],
  lakeReaders: [],
  rawReaders: [],
  ramps: [
    {
      id: 'sales',
      address: 'shop/sales',
      description: '',
      schema: sale,
      table: saleTable(table),
      publishers: [],
      logs: undefined,
    },
  ],
});
