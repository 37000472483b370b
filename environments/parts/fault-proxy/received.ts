import { EnvironmentError } from '../../../harness/errors.ts';
import { joinAddress } from './address.ts';
import { ask } from './ask.ts';
import type { FaultProxyServer } from './server.ts';

/** The bytes that clients have sent, by the name of the proxy and wherever it led, on connections that are over. */
export async function receivedBy({ at, name }: FaultProxyServer): Promise<ReadonlyMap<string, number>> {
  const text = await ask(`http://${joinAddress(at)}/metrics`).catch((cause: unknown) => {
    throw new EnvironmentError(`The fault proxy (${name}) does not tell what went through it; run it again`, {
      cause,
    });
  });
  const series = /^toxiproxy_proxy_received_bytes_total\{direction="upstream",.*?proxy="(.*?)",.*\} (\S+)$/gm;
  const received = new Map<string, number>();
  for (const [, proxy = '', bytes] of text.matchAll(series))
    received.set(proxy, (received.get(proxy) ?? 0) + Number(bytes));
  return received;
}
