/** The writer's schema and the table's do not go together: no row of it can be written. */
export class WriterSchemaError extends Error {
  override readonly name = 'WriterSchemaError';
  readonly kind: 'extraFields' | 'missingRequired' | 'mismatch';

  constructor(kind: WriterSchemaError['kind'], what: readonly string[]) {
    super(messages[kind](what));
    this.kind = kind;
  }
}

const listed = (what: readonly string[]) => what.map(name => `'${name}'`).join(', ');

const messages: Record<WriterSchemaError['kind'], (what: readonly string[]) => string> = {
  extraFields: what => `Input schema has more fields than BigQuery schema, extra fields: ${listed(what)}`,
  missingRequired: what => `Input schema is missing fields that are required in the BigQuery schema: ${listed(what)}`,
  mismatch: what => `The proto field mismatched with BigQuery field at ${what.join('; ')}`,
};
