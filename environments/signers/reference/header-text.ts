import type { IncomingMessage } from 'node:http';

// A byte order mark is part of the value: dropping it would make two nonces one.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header's value, or nothing where it is missing, empty, sent twice or not UTF-8. */
export function headerText(request: IncomingMessage, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  const [value] = values;
  if (values.length !== 1) return undefined;
  if (value === undefined || value === '') return undefined;
  try {
    // Node hands a header out as one character for each byte.
    return strictUtf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}
