import { EnvironmentError } from '../../../harness/errors.ts';
import { joinAddress } from './address.ts';
import type { FaultProxyServer } from './server.ts';

/** The bytes that clients have sent, by the name of the proxy, on connections that are over. */
export async function receivedBy({ at, name }: FaultProxyServer): Promise<ReadonlyMap<string, number>> {
  const text = await metricsAt(`http://${joinAddress(at)}/metrics`).catch((cause: unknown) => {
    throw new EnvironmentError(`The fault proxy (${name}) does not tell what went through it; run it again`, {
      cause,
    });
  });
  const series = /^toxiproxy_proxy_received_bytes_total\{direction="upstream",.*?proxy="(.*?)",.*\} (\S+)$/gm;
  return new Map([...text.matchAll(series)].map(([, proxy = '', bytes]) => [proxy, Number(bytes)]));
}

const metricsAt = async (url: string): Promise<string> => (await fetch(url)).text();
