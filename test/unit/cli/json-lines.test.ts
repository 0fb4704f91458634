import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { encodeLines, formatLineProblems, linesOf } from '../../../cli/json-lines.ts';
import { compileSchema } from '../../support/compile-proto.ts';

const { message } = compileSchema(
  `syntax = "proto3";
  package t.v1;
  import "google/protobuf/any.proto";
  import "google/protobuf/struct.proto";
  message Event {
    int64 big = 1;
    double ratio = 2;
    google.protobuf.Value value = 3;
    google.protobuf.Any any = 4;
    string text = 5;
  }`,
  't.v1.Event',
);

const encode = (text: string | Buffer) => {
  const read = linesOf('events.jsonl', Buffer.from(text));
  const { payloads, problems } = encodeLines(message, read.lines);
  return { payloads, report: formatLineProblems([...read.problems, ...problems]) };
};

const decoded = (payload: Uint8Array | undefined) =>
  fromBinary(message, payload ?? new Uint8Array()) as unknown as Record<string, unknown>;

describe('JSON lines', () => {
  it('become one payload each, with empty lines and a last line without end', () => {
    const { payloads, report } = encode('{"text":"a"}\r\n\n  \n{}\n{"text":"メルペイ"}');
    assert.equal(report, '');
    assert.deepEqual(
      payloads.map(payload => decoded(payload)['text']),
      ['a', '', 'メルペイ'],
    );
  });

  it('keep 64-bit integers exact', () => {
    const { payloads } = encode('{"big":"9223372036854775807"}\n{"big":9007199254740991}');
    assert.deepEqual(
      payloads.map(payload => decoded(payload)['big']),
      [9223372036854775807n, 9007199254740991n],
    );
  });

  it('are refused where JSON would round an integer, and taken where it would not', () => {
    assert.equal(
      encode('{"big":9007199254740993}').report,
      'events.jsonl:1  the number 9007199254740993 would be rounded; write it in quotes\n',
    );
    assert.equal(encode('{"ratio":0.1}\n{"ratio":1e300}\n{"ratio":9007199254740992}').report, '');
  });

  it('may hold an Any of a type that the schema imports', () => {
    const { payloads, report } = encode(
      '{"any":{"@type":"type.googleapis.com/google.protobuf.Value","value":1}}\n{"any":{"@type":"type.googleapis.com/t.v1.Event","text":"x"}}',
    );
    assert.equal(report, '');
    assert.equal(payloads.length, 2);
  });

  it('are reported all at once when they are wrong, with file and line', () => {
    const text = Buffer.concat([
      Buffer.from('{"text":1}\n{"text":"fine"}\n{"nope":1}\n{bad\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('[]'),
    ]);
    assert.equal(
      encode(text).report,
      [
        'events.jsonl:5  the line is not UTF-8',
        'events.jsonl:1  cannot decode field t.v1.Event.text from JSON: expected string, got 1',
        'events.jsonl:3  cannot decode message t.v1.Event from JSON: key "nope" is unknown',
        "events.jsonl:4  this is not JSON: Expected property name or '}' at column 2",
        'events.jsonl:6  cannot decode message t.v1.Event from JSON: Array(0)',
        '',
      ].join('\n'),
    );
  });
});
