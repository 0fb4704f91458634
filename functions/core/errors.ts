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
    mend: 'Publish that version with `onramp schema publish`; the messages wait for it and go on by themselves.',
  },
  SCHEMA_WITHDRAWN: {
    what: 'The message names a version of its schema that was withdrawn.',
    mend: 'Publish with another version; or publish the withdrawn one again, and the messages go on by themselves.',
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
    what: 'The table has the column with another type, and so has it every recovery column of that column.',
    mend: 'Rename the field or restore its type, or drop recovery columns that nobody reads; then replay.',
  },
  WAREHOUSE_TOO_MANY_COLUMNS: {
    what: 'With the columns of this schema version the table would have more than BigQuery allows.',
    mend: 'Take columns out of the schema or drop some that are not used any more, then replay the dead letters.',
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

  // The publisher library.
  PUBLISHER_MISCONFIGURED: {
    what: 'An option of the publisher or the address of a ramp is not valid.',
    mend: 'Correct what the detail names; docs/publish.md lists the options.',
  },
  PUBLISHER_CLOSED: {
    what: 'The publisher was closed before the message was published.',
    mend: 'Close the publisher when nothing publishes any more, such as after the server has stopped.',
  },
  PUBLISH_MESSAGE_INVALID: {
    what: 'The message is not one of the ramp’s type.',
    mend: 'Correct the field that the detail names; it says what was expected.',
  },
  PUBLISH_ATTRIBUTE_INVALID: {
    what: 'An attribute or the ordering key is not one that Pub/Sub or Onramp takes.',
    mend: 'Correct the attribute that the detail names, or put its value into the message.',
  },
  PUBLISH_TOO_LARGE: {
    what: 'The message is larger than what carries it may be.',
    mend: 'Store large content elsewhere and publish a reference to it.',
  },
  PUBLISH_REFUSED: {
    what: 'Pub/Sub refused the message, and would refuse it again.',
    mend: 'Read the detail: the ramp must be deployed, and the service among its publishers in service.yaml.',
  },
  PUBLISH_UNAVAILABLE: {
    what: 'Pub/Sub could not be reached for as long as the publisher was to try.',
    mend: 'Publish it again later; a publisher with a spool keeps messages on disk meanwhile.',
  },
  PUBLISH_OVERRUN: {
    what: 'More is published than is sent, by a caller that does not wait.',
    mend: 'Wait for the promise of publish, or for room(), before the next message.',
  },
  SPOOL_IN_USE: {
    what: 'Another process has the folder of the spool.',
    mend: 'Give each process a folder of its own.',
  },
  SPOOL_FULL: {
    what: 'The spool has no room for the message.',
    mend: 'Give the spool more room, or let publish wait for it with whenFull: "wait".',
  },
  SPOOL_UNWRITABLE: {
    what: 'The disk did not take the message.',
    mend: 'Look at the disk: its room, its health and the rights to the folder. The message was not published.',
  },
  SPOOL_UNREADABLE: {
    what: 'A file of the spool holds bytes that are not what was written.',
    mend: 'Look at the disk; what could not be read is kept beside the spool, under a name that begins with unreadable-.',
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

  SCHEMA_TOO_LARGE: {
    what: 'The descriptor set of the message is larger than the registry takes.',
    mend: 'Import fewer and smaller files into the message’s file: the set holds all of them, with their comments.',
  },
  SCHEMA_BREAKING: {
    what: 'The schema cannot follow the published one in the same columns.',
    mend: 'Add a field instead of changing one; or publish with --allow-breaking, which gives the field a new column.',
  },
  SCHEMA_OPTION_INVALID: {
    what: 'An option of onramp/options.proto has a value that it cannot have there.',
    mend: 'Correct the option in the proto file; docs/schemas.md says what each takes.',
  },

  // Personal data.
  MASKING_KEY_MISSING: {
    what: 'A field is to be masked by HMAC, and the function has no key to do it with.',
    mend: 'Add a version of the secret onramp-masking-key and name it in the setting onramp:maskingKeyVersions.',
  },

  // Exports: why an attempt failed. Nothing of it is loaded.
  MASK_UNCLASSIFIED_COLUMN: {
    what: 'Nobody has said of these columns whether they are personal, and the export’s contract demands it.',
    mend: 'Give each column of the export’s file a class or a mask, or leave it out of the query.',
  },
  MASK_KEY_UNUSABLE: {
    what: 'The key of an HMAC mask has no explicit version, or is too short.',
    mend: 'Name a version of the secret, and give it at least 32 random bytes.',
  },
  EXPORT_CONNECTION_FAILED: {
    what: 'The export could not connect to its database.',
    mend: 'Compare the connection with the database: address, user, login by IAM or secret, TLS.',
  },
  EXPORT_TLS_FAILED: {
    what: 'The export and its database could not agree on TLS, or one does not trust the other’s certificate.',
    mend: 'Read the detail, and mend the server’s certificate or tls of the connection.',
  },
  EXPORT_CONNECTION_LOST: {
    what: 'The connection to the database broke while rows were read.',
    mend: 'Nothing, when it was a restart: the next attempt reads all anew. Else look at the database’s log.',
  },
  EXPORT_QUERY_REFUSED: {
    what: 'The database refuses the query as it was rendered, or it has no result that can be exported.',
    mend: 'Look at the query with `onramp export render`, and whether its tables and columns are there and may be read.',
  },
  EXPORT_QUERY_FAILED: {
    what: 'The database accepted the query and failed while it ran.',
    mend: 'Run the query that `onramp export render` prints in the database, and correct it or the data.',
  },
  EXPORT_COLUMN_MISSING: {
    what: 'The configuration names columns that the query’s result does not have.',
    mend: 'Correct the names, or take them out of the export’s file.',
  },
  EXPORT_TYPE_REFUSED: {
    what: 'A column cannot be exported as the type that the configuration says without changing values.',
    mend: 'Leave the type out, or convert the value in the query; docs/batch-types.md says what is possible.',
  },
  EXPORT_VALUE_REFUSED: {
    what: 'A value has no exact counterpart in the column’s type, and the column’s policy is to fail then.',
    mend: 'Correct the value, or set on_out_of_range or on_null_element of the column.',
  },
  EXPORT_DEADLINE: {
    what: 'The export did not finish in its time, or could not have.',
    mend: 'Cut it by partitions, narrow its query, or allow more time by execution_timeout; the detail says which.',
  },
  EXPORT_CHANGED: {
    what: 'The columns of the result changed while the export went from one execution to the next.',
    mend: 'Nothing: the next attempt begins anew. If it was the last, start the run anew.',
  },
  EXPORT_SNAPSHOT_LOST: {
    what: 'The database no longer has the state from which the first parts of the export were read.',
    mend: 'Let it keep states for longer than execution_timeout, or give the pool more slots so that parts wait less.',
  },
  EXPORT_STORAGE_FAILED: {
    what: 'The files of the export could not be stored, or not as they were sent.',
    mend: 'Nothing, when the next attempt succeeds; else look at the bucket and the export’s grants on it.',
  },
  EXPORT_FAILED: {
    what: 'The export failed for a reason that has no code of its own.',
    mend: 'Read the detail, and the function’s log at that time.',
  },
  EXPORT_TEMPLATE_INVALID: {
    what: 'A template of the export cannot be rendered for the run.',
    mend: 'Mend the template; onramp export render shows what it makes of it.',
  },
  ATTEMPT_TIMED_OUT: {
    what: 'The export, or the load after it, was not finished when execution_timeout had passed, and said nothing.',
    mend: 'Look at the function’s log for a crash; if it was merely slow, cut it by partitions or allow more time.',
  },
  RUN_TIMED_OUT: {
    what: 'The run was not done when dagrun_timeout had passed since it was made.',
    mend: 'See in its attempts where the time went; allow more, or give the pool more slots. Then start it anew.',
  },

  // Operations by hand, at the console and with the command line.
  EXPORT_UNKNOWN: {
    what: 'There is no such export in the deployed configuration.',
    mend: 'Look at onramp export list; an export that was just written is known after the next deployment.',
  },
  RUN_UNKNOWN: {
    what: 'The export has no run of that interval.',
    mend: 'Look at onramp run list; onramp export run and onramp export backfill make runs that there are not.',
  },
  OPERATION_OUTDATED: {
    what: 'The runs have changed since the operation was shown, so that it would do something else now.',
    mend: 'Look at what it would do now, and say yes to that.',
  },

  // Loads: why a run's files could not be brought into BigQuery.
  LOAD_NOT_CONFIGURED: {
    what: 'The files are of an export or for a table that is configured no longer.',
    mend: 'Run the export again if its rows are still wanted, or leave it.',
  },
  LOAD_FILES_MISSING: {
    what: 'Files that the manifest names are not in the lake, or are not the ones that the export wrote.',
    mend: 'Run the interval again; and find out who removes objects from the exports bucket.',
  },
  LOAD_CHECKSUM_MISMATCH: {
    what: 'The staging table does not hold what was exported; the destination was not touched.',
    mend: 'The run is tried again by itself; if it stays, report it with the detail, which names the columns.',
  },
  LOAD_SCHEMA_MISMATCH: {
    what: 'The rows do not fit the destination’s columns, or the export’s contract does not allow its new ones.',
    mend: 'Cast the column in the query, alter the table, or set "contract" in the export’s file; then run it again.',
  },
  LOAD_TEMPLATE_INVALID: {
    what: 'The merge query cannot be rendered for the run.',
    mend: 'Mend the template; onramp export render shows what it makes of it.',
  },
  LOAD_REFUSED: {
    what: 'BigQuery refused to load the files or to run the statement that brings them into the destination.',
    mend: 'Read BigQuery’s own message in the detail; mend the merge query, the table or the access, then run it again.',
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
