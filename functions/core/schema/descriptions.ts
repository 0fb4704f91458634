import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** https://cloud.google.com/bigquery/docs/schemas#column_descriptions */
const maxLength = 1024;

/** Field numbers in descriptor.proto, of which the path of a source location is made. */
const path = { fileMessages: 4, nestedMessages: 3, fields: 2 } as const;

const commentsOfFile = new WeakMap<FileDescriptorProto, Map<string, string>>();

/** The comment on a message or a field in its proto file, in one line; undefined when there is none. */
export function commentOf(desc: DescMessage | DescField): string | undefined {
  const file = desc.kind === 'message' ? desc.file : desc.parent.file;
  const location =
    desc.kind === 'message'
      ? messagePath(desc)
      : [...messagePath(desc.parent), path.fields, desc.parent.proto.field.indexOf(desc.proto)];
  return comments(file.proto).get(location.join('.'));
}

/** Joins what is there, cut to what BigQuery takes; undefined when nothing is there. */
export function description(...parts: (string | undefined)[]): string | undefined {
  const text = parts.filter(part => part !== undefined && part !== '').join(' ');
  if (text === '') return undefined;
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

function messagePath(desc: DescMessage): number[] {
  return desc.parent === undefined
    ? [path.fileMessages, desc.file.proto.messageType.indexOf(desc.proto)]
    : [...messagePath(desc.parent), path.nestedMessages, desc.parent.proto.nestedType.indexOf(desc.proto)];
}

function comments(file: FileDescriptorProto): Map<string, string> {
  let found = commentsOfFile.get(file);
  if (found === undefined) {
    found = new Map();
    for (const location of file.sourceCodeInfo?.location ?? []) {
      const text = [location.leadingComments, location.trailingComments]
        .map(comment => comment.replace(/\s+/g, ' ').trim())
        .find(comment => comment !== '');
      if (text !== undefined) found.set(location.path.join('.'), text);
    }
    commentsOfFile.set(file, found);
  }
  return found;
}
