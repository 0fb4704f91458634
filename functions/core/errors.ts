/**
 * Every error that a person can meet, in one catalogue. A code is stable: logs, dead letters, docs/errors.md and alert
 * filters name it, so a code may be added but never renamed or reused.
 */

interface ErrorEntry {
  /** What is wrong, in one sentence, for somebody who has never read the code. */
  readonly what: string;
  /** What that person should do next. */
  readonly mend: string;
}

const entries = {
  // Payloads: the reasons for which a message becomes a dead letter.
  PAYLOAD_UNDECODABLE: {
    what: 'The payload is not a well-formed protobuf message.',
    mend: 'Publish the bytes that the serialiser of the ramp’s message type returns, unwrapped and uncompressed.',
  },
  PAYLOAD_WRONG_TYPE: {
    what: 'The payload is well-formed, but a field’s wire type is not the one that the schema declares.',
    mend: 'Publish the ramp’s own message type, or publish the schema version that the publisher was built with.',
  },
  PAYLOAD_INVALID_UTF8: {
    what: 'A string field holds bytes that are not UTF-8.',
    mend: 'Declare the field as bytes, or encode the text as UTF-8 before it is published.',
  },
  PAYLOAD_TOO_DEEP: {
    what: 'The payload nests messages deeper than the decoder’s limit.',
    mend: 'Flatten the message, or publish it on a ramp without schema.',
  },
  VALUE_OUT_OF_RANGE: {
    what: 'A field’s value has no counterpart in the lake or in BigQuery, such as a timestamp beyond the year 9999.',
    mend: 'Correct the value in the publisher; the original bytes are in the raw lake and in the dead letter.',
  },
  SCHEMA_UNKNOWN_VERSION: {
    what: 'The message names a schema or a version that the registry does not hold.',
    mend: 'Publish that schema version, then replay the dead letters.',
  },
  SCHEMA_NOT_OF_RAMP: {
    what: 'The message names a schema other than the one that its ramp is declared with.',
    mend: 'Publish it on the ramp of that schema, or change the ramp’s schema in service.yaml.',
  },
  RAMP_UNKNOWN: {
    what: 'The catalogue does not hold the ramp that the message names.',
    mend: 'Add the ramp to the service’s service.yaml and deploy.',
  },
  WAREHOUSE_ROW_TOO_LARGE: {
    what: 'The row is larger than one request to BigQuery may be.',
    mend: 'Keep large values out of the event, or use a ramp without schema; the row is in the lake.',
  },
  WAREHOUSE_ROW_REFUSED: {
    what: 'BigQuery refused the row.',
    mend: 'Read the detail for the column and the reason; correct the publisher, then replay the dead letter.',
  },
  WAREHOUSE_PARTITION_OUT_OF_RANGE: {
    what: 'The value of the partition column is further from today than BigQuery accepts (10 years back, 1 year ahead).',
    mend: 'Correct the time in the publisher, or partition the table by its publish time.',
  },
  WAREHOUSE_COLUMN_MISMATCH: {
    what: 'The table has the column with another type, so that the row cannot be written.',
    mend: 'Rename the field or restore its type; a column’s type cannot be changed in place.',
  },
  LOG_ENTRY_UNREADABLE: {
    what: 'The log entry does not hold a payload where the ramp’s logs are declared to have it.',
    mend: 'Print what "logs" in service.yaml says, or narrow its filter so that it takes no other lines.',
  },
  LOG_ENTRY_NOT_OF_SCHEMA: {
    what: 'The JSON that the service printed is not the JSON form of the ramp’s message type.',
    mend: 'Print the JSON that protobuf’s own library makes of the message, with no other keys, or name its "field".',
  },
  DELIVERY_EXHAUSTED: {
    what: 'Pub/Sub gave up after the subscription’s greatest number of delivery attempts.',
    mend: 'Look up why the stage failed in its log, mend that, then replay the dead letter.',
  },

  // The local cloud: reasons for which it does not start.
  LOCAL_FOLDER_IN_USE: {
    what: 'Another local cloud works on the same folder.',
    mend: 'Stop the other one, or give this one a folder of its own with --folder.',
  },
  LOCAL_PORT_TAKEN: {
    what: 'Another program listens on a port that the local cloud needs.',
    mend: 'Stop that program, or choose other ports with --port-base.',
  },
  LOCAL_FUNCTION_FAILED: {
    what: 'A function ended before it was ready.',
    mend: 'Read what it said, here and in its log under the folder’s logs.',
  },
  LOCAL_NOT_RUNNING: {
    what: 'No local cloud works on the folder.',
    mend: 'Start one with onramp local or npm start, or name its folder with --folder.',
  },

  // Schemas: why a descriptor set of the registry cannot be used.
  SCHEMA_UNREADABLE: {
    what: 'The descriptor set is corrupt or not complete.',
    mend: 'Publish the schema again from its proto files; a descriptor set must hold every file that it imports.',
  },
  SCHEMA_MESSAGE_MISSING: {
    what: 'The descriptor set does not hold the message that the ramp is declared with.',
    mend: 'Correct the full name of the message in service.yaml, or add the message to the proto files.',
  },
  SCHEMA_TOO_WIDE: {
    what: 'The message has more columns, nested ones counted, than a BigQuery table may have.',
    mend: 'Split the message, or replace the part that nests most by a google.protobuf.Struct, which is one column.',
  },

  // Files of the lakes.
  LAKE_FILE_CORRUPT: {
    what: 'The file is not a readable Avro container file.',
    mend: 'Compare its size and checksum with the object in the bucket; if they agree, restore it by a replay.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code, such as `PAYLOAD_UNDECODABLE`. */
export type ErrorCode = keyof typeof entries;

/** All codes with their explanation and mend. The page docs/errors.md is checked against it. */
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorEntry>> = entries;

/** An error with a stable code. `detail` says what exactly and where, and never holds a payload. */
export class OnrampError extends Error {
  override readonly name = 'OnrampError';
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}
