import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * Asks a server of Toxiproxy's API something in one call, and fails where it does not agree. `fetch` would cost a run
 * tens of milliseconds when it is first used.
 */
export async function ask(
  url: string,
  { signal, send }: { readonly signal?: AbortSignal; readonly send?: unknown } = {},
): Promise<string> {
  const body = send === undefined ? undefined : JSON.stringify(send);
  const asked = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    ...(signal && { signal }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  asked.on('response', (response) => {
    const { statusCode = 0 } = response;
    text(response).then(
      (said) => (statusCode < 300 ? resolve(said) : reject(new Error(`${statusCode} ${said}`))),
      reject,
    );
  });
  asked.on('error', reject).end(body);
  return promise;
}
