import { Toxiproxy, type ToxicAttributeTypes } from 'toxiproxy-node-client';
import { EnvironmentError } from '../../harness/errors.ts';
import type { Link } from '../../harness/run/environment.ts';
import { joinAddress } from './fault-proxy/address.ts';
import type { FaultProxyServer } from './fault-proxy/server.ts';
import { LOOPBACK } from './ports.ts';
import type { Endpoint } from './splice.ts';

/** A link that leads through a proxy of the fault proxy. */
export interface ProxiedLink extends Link {
  /** Where to connect instead of to the upstream. */
  readonly at: Endpoint;
}

/** What a link is made from. */
export interface LinkPlan extends Pick<Link, 'from' | 'to'> {
  /** Comes from a reserve: while the link is disabled nobody else may have it. */
  readonly port: number;
  readonly upstream: Endpoint;
}

/** Opens links by one call, as a run waits for it. They are closed with the server. */
export async function openLinks(
  server: FaultProxyServer,
  plans: readonly LinkPlan[],
): Promise<ProxiedLink[]> {
  const api = new Toxiproxy(`http://${joinAddress(server.at)}`);
  const does = <T>(what: string, asked: Promise<T>): Promise<T> =>
    asked.catch((cause: unknown) => {
      throw new EnvironmentError(`The fault proxy (${server.name}) does not ${what}; run it again`, {
        cause,
      });
    });
  const wishes = plans.map(({ from, to, port, upstream }) => ({
    name: nameOf({ from, to }),
    listen: joinAddress({ host: LOOPBACK, port }),
    upstream: joinAddress(upstream),
    enabled: true,
  }));
  // So that there can be two toxics of a kind on a link.
  let toxics = 0;
  const proxies = await does(`open ${wishes.map(({ name }) => name).join(' and ')}`, api.populate(wishes));
  return plans.map(({ from, to, port }) => {
    const name = nameOf({ from, to });
    const proxy = proxies[name]!;
    const turn = async (enabled: boolean): Promise<void> => {
      await does(`${enabled ? 'enable' : 'disable'} ${name}`, proxy.update({ ...proxy.toJson(), enabled }));
    };
    return {
      name,
      from,
      to,
      at: { host: LOOPBACK, port },
      disable: () => turn(false),
      enable: () => turn(true),
      async poison({ type, stream, attributes, toxicity = 1 }) {
        toxics += 1;
        const toxic = await does(
          `put ${type} on ${name}`,
          proxy.addToxic({
            name: `${type}-${toxics}`,
            type,
            stream,
            toxicity,
            attributes: attributes as ToxicAttributeTypes,
          }),
        );
        return { remove: () => does(`take ${type} off ${name}`, toxic.remove()) };
      },
    };
  });
}

const nameOf = ({ from, to }: Pick<Link, 'from' | 'to'>): string => `${from}-to-${to}`;
