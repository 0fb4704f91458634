import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addSchemaCheck } from './schema-check.ts';
import { addSchemaList } from './schema-list.ts';
import { addSchemaPublish } from './schema-publish.ts';
import { addSchemaShow } from './schema-show.ts';
import { addSchemaWithdraw } from './schema-withdraw.ts';

/** `onramp schema …` */
export function addSchema(program: Command, terminal: Terminal): void {
  const group = program.command('schema').summary('check and publish the schemas of proto/').helpCommand(false);
  addSchemaCheck(group, terminal);
  addSchemaPublish(group, terminal);
  addSchemaList(group, terminal);
  addSchemaShow(group, terminal);
  addSchemaWithdraw(group, terminal);
}
