import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** The one field of a wrapper such as google.protobuf.Int64Value; undefined for any other message. */
export function wrappedField(desc: DescMessage): DescField | undefined {
  return /^google\.protobuf\.(Double|Float|U?Int(64|32)|Bool|String|Bytes)Value$/.test(desc.typeName)
    ? desc.fields.find(field => field.name === 'value')
    : undefined;
}
