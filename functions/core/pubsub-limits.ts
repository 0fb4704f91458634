/** https://cloud.google.com/pubsub/quotas#resource_limits */
export const maxAttributeKeyBytes = 256;
export const maxAttributeValueBytes = 1024;

/** An attribute’s value, shortened to what Pub/Sub takes. */
export function cutAttribute(text: string): string {
  const bytes = Buffer.from(text);
  // A character cut in two becomes the replacement character, which has three bytes.
  return bytes.byteLength <= maxAttributeValueBytes
    ? text
    : bytes.subarray(0, maxAttributeValueBytes - 3).toString('utf8');
}
