import {
  createRegistry,
  type DescFile,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Registry,
  toBinary,
} from '@bufbuild/protobuf';

/** Why a text is not the JSON form of a message; names fields and keys, and never holds a value. */
export class JsonMismatch extends Error {
  override readonly name = 'JsonMismatch';
}

/**
 * The bytes of a message from protobuf's JSON form (https://protobuf.dev/programming-guides/json/). Nothing is left out
 * or rounded: an unknown field is refused, and so is a number for a 64-bit integer that JSON's own numbers cannot hold,
 * which therefore comes in quotes.
 * @param json well-formed JSON
 * @throws JsonMismatch
 */
export function payloadOfJson(message: DescMessage, json: string): Uint8Array {
  const registry = typesAround(message);
  const rounded: number[] = [];
  // An integer takes no text with an exponent, but a floating-point number does.
  const marked = JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    rounded.push(value);
    return value.toExponential();
  }) as JsonValue;
  try {
    const decoded = fromJson(message, marked, { registry });
    return toBinary(
      message,
      rounded.length > 0 ? fromJson(message, JSON.parse(json) as JsonValue, { registry }) : decoded,
    );
  } catch (error) {
    throw new JsonMismatch(withoutValues(error instanceof Error ? error.message : String(error)));
  }
}

/** The types that an Any in the message may hold: those of its file and of all that it imports. */
export function typesAround(message: DescMessage): Registry {
  return createRegistry(...filesOf(message.file, new Set()));
}

function filesOf(file: DescFile, found: Set<DescFile>): Set<DescFile> {
  found.add(file);
  for (const dependency of file.dependencies) if (!found.has(dependency)) filesOf(dependency, found);
  return found;
}

const longestKey = 128;

/** The library’s messages show what they could not use, after the name of the field. */
function withoutValues(text: string): string {
  const [, where = 'cannot decode the JSON', rest = ''] =
    /^(cannot decode \w+ [\w.]+ from JSON)(.*)$/s.exec(text) ?? [];
  const [, key] = /^: key "(.*)" is unknown$/s.exec(rest) ?? [];
  return key === undefined ? where : `${where}: the key "${key.slice(0, longestKey)}" is unknown`;
}
