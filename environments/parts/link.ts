import type { Proxy, ToxicAttributeTypes } from 'toxiproxy-node-client';
import { EnvironmentError } from '../../harness/errors.ts';
import type { Link } from '../../harness/run/environment.ts';
import { joinAddress } from './fault-proxy/address.ts';
import { ask } from './fault-proxy/ask.ts';
import type { FaultProxyServer } from './fault-proxy/server.ts';
import { knock } from './knock.ts';
import { LOOPBACK } from './ports.ts';
import type { Endpoint } from './splice.ts';

/** A link that leads through a proxy of the fault proxy. */
export interface ProxiedLink extends Link {
  /** Where to connect instead of to the upstream. */
  readonly at: Endpoint;
  /** Makes it end elsewhere from now on, which closes what is open unless it ends there already. */
  lead(upstream: Endpoint): Promise<void>;
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
  const api = `http://${joinAddress(server.at)}`;
  /** The client comes with the first fault: what it brings along would cost every start tens of milliseconds. */
  const proxyCalled = async (name: string): Promise<Proxy> => {
    const { Toxiproxy } = await import('toxiproxy-node-client');
    return new Toxiproxy(api).get(name);
  };
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
  const names = wishes.map(({ name }) => name).join(' and ');
  await does(`open ${names}`, ask(`${api}/populate`, { send: wishes }));
  return plans.map(({ from, to, port }) => {
    const name = nameOf({ from, to });
    const change = async (wish: { enabled: boolean } | { upstream: string }): Promise<void> => {
      const proxy = await proxyCalled(name);
      await proxy.update({ ...proxy.toJson(), ...wish });
    };
    return {
      name,
      from,
      to,
      at: { host: LOOPBACK, port },
      disable: () => does(`disable ${name}`, change({ enabled: false })),
      enable: () => does(`enable ${name}`, change({ enabled: true })),
      takesConnections: () => knock({ host: LOOPBACK, port }),
      lead(elsewhere) {
        const address = joinAddress(elsewhere);
        return does(`lead ${name} to ${address}`, change({ upstream: address }));
      },
      async poison({ type, stream, attributes, toxicity = 1 }) {
        toxics += 1;
        const wish = {
          name: `${type}-${toxics}`,
          type,
          stream,
          toxicity,
          attributes: attributes as ToxicAttributeTypes,
        };
        const toxic = await does(
          `put ${type} on ${name}`,
          proxyCalled(name).then((proxy) => proxy.addToxic(wish)),
        );
        return { remove: () => does(`take ${type} off ${name}`, toxic.remove()) };
      },
    };
  });
}

const nameOf = ({ from, to }: Pick<Link, 'from' | 'to'>): string => `${from}-to-${to}`;
