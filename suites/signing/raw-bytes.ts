import type { HeaderPair, WireRequest } from '../../harness/contract/contract.ts';

/** How a request is written by hand, where no HTTP client would write it so. */
export interface Writing {
  /** Headers that frame the body; its length where nothing else is said. */
  readonly framing?: readonly HeaderPair[];
  /** The body as it goes onto the wire, framing included. */
  readonly body?: Uint8Array;
}

/** The bytes of a request, for a socket. The connection ends with it, since nobody can say where odd framing ends. */
export function asBytes(request: WireRequest, writing: Writing = {}): Uint8Array {
  const body = writing.body ?? request.body;
  const framing = writing.framing ?? [['content-length', String(request.body.length)]];
  const headers: readonly HeaderPair[] = [
    ['host', 'signer'],
    ['connection', 'close'],
    ...request.headers,
    ...framing,
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${lines}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** A body in chunks of this many bytes. */
export function inChunks(body: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}
