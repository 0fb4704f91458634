/** Numbers of 16 digits and more may not survive a double. */
const longNumber = /\d{16}/;

// TypeScript's library does not have these yet; Node 22 and later do.
type SourceReviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
const { parse, rawJSON } = JSON as unknown as {
  readonly parse: (text: string, reviver: SourceReviver) => unknown;
  readonly rawJSON: (text: string) => unknown;
};

/** A JSON text as a JSON column keeps it: without white space, numbers digit for digit. Undefined when it is no JSON. */
export function normalJson(text: string): string | undefined {
  try {
    return JSON.stringify(longNumber.test(text) ? parse(text, keepDigits) : JSON.parse(text));
  } catch {
    return undefined;
  }
}

const keepDigits: SourceReviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined ? rawJSON(source) : value;
