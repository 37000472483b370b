/** A header as it is on the wire: the order, the case and the repetitions are part of what is said. */
export type Header = readonly [name: string, value: string];

/** A whole HTTP response. */
export interface Answer {
  readonly kind: 'answer';
  /** When the request was handed to the socket, on the monotonic clock. */
  readonly sentAtMs: number;
  /** When the last byte of the response had been read. */
  readonly answeredAtMs: number;
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Buffer;
  /** The body was longer than we keep; the connection was closed over it. */
  readonly truncated: boolean;
}

/** A request that got no whole response. What became of it at the other end is unknown, unless nothing was written. */
export interface Lost {
  readonly kind: 'lost';
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly how: 'reset' | 'closed' | 'timeout' | 'alert' | 'malformed';
  /** The TLS alert with which the peer refused us, such as `unknown_ca`. */
  readonly alert?: string;
  /** Whether any byte of the request was handed to the socket. */
  readonly written: boolean;
  /** Whether any byte of a response was read. */
  readonly bytesReceived: boolean;
  readonly detail: string;
}

/** The content of a response, before it is known when it came. */
export type Response = Pick<Answer, 'status' | 'headers' | 'body' | 'truncated'>;

/** Names and values as parsers give them, one after the other, made into pairs. */
export function headerPairs(raw: unknown): Header[] {
  if (!Array.isArray(raw)) return [];
  // Header bytes beyond ASCII have no agreed meaning: each stays one character.
  const texts = raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
  return Array.from({ length: texts.length / 2 }, (_, at) => [texts[2 * at]!, texts[2 * at + 1]!]);
}

/** No signer has that much to say. */
export const LONGEST_BODY = 64 * 1024;
