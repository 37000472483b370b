import type { IncomingMessage } from 'node:http';

const LARGEST_BODY_BYTES = 256 * 1024;

/** The raw bytes of a body of either framing, or nothing where there are too many of them. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY_BYTES) return undefined;

  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lets the rest of a body pass, up to the size of an allowed one; says whether that was all of it. */
export async function discardBody(request: IncomingMessage): Promise<boolean> {
  let bytes = 0;
  try {
    for await (const chunk of chunksOf(request)) {
      bytes += chunk.length;
      if (bytes > LARGEST_BODY_BYTES) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** Leaving a plain loop over a request early would destroy its connection, and with it the answer. */
function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}
