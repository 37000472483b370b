import { connect, Socket } from 'node:net';
import type { Chance } from '../../../harness/seed.ts';
import { type ApiError, badAddress } from './api-error.ts';
import { isLoopback, joinAddress, resolveAddress, splitAddress } from './address.ts';
import { type Entrance, openEntrance } from './entrance.ts';
import { inTurn } from './in-turn.ts';
import type { Metrics } from './metrics.ts';
import { ToxicsOfProxy } from './toxics-of-proxy.ts';
import { close, type Wire, wire, WIRE } from './wire.ts';

/** What can be asked of a proxy. */
export interface ProxyWish {
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

/** Listens on one address and joins whoever connects there to another. Disabled, it does not listen: it is down. */
export class Proxy {
  readonly name: string;
  readonly toxics: ToxicsOfProxy;
  listen: string;
  upstream: string;
  readonly #metrics: Metrics;
  #entrance: Entrance | undefined;
  readonly #wires = new Set<Wire>();
  readonly #turn = inTurn();

  constructor({
    name,
    listen,
    upstream,
    chance,
    metrics,
  }: {
    name: string;
    listen: string;
    upstream: string;
    chance: Chance;
    metrics: Metrics;
  }) {
    this.name = name;
    this.listen = listen;
    this.upstream = upstream;
    this.toxics = new ToxicsOfProxy(chance);
    this.#metrics = metrics;
  }

  get enabled(): boolean {
    return this.#entrance !== undefined;
  }

  start(): Promise<void> {
    return this.#turn(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#turn(() => this.#stop());
  }

  update(wish: ProxyWish): Promise<void> {
    return this.#turn(async () => {
      if (await this.differs(wish)) {
        await this.#stop();
        this.listen = wish.listen;
        this.upstream = wish.upstream;
      }
      await (wish.enabled ? this.#start() : this.#stop());
    });
  }

  /** Whether that would listen elsewhere or lead elsewhere. */
  async differs({ listen, upstream }: Pick<ProxyWish, 'listen' | 'upstream'>): Promise<boolean> {
    const resolved = joinAddress(await resolveAddress(listen));
    return this.listen !== resolved || this.upstream !== upstream;
  }

  async #start(): Promise<void> {
    if (this.#entrance !== undefined) return;
    this.#entrance = await openOnLoopback(this.listen, (client) => this.#join(client));
    this.listen = joinAddress(this.#entrance.at);
  }

  async #stop(): Promise<void> {
    const entrance = this.#entrance;
    if (entrance === undefined) return;
    this.#entrance = undefined;
    const closed = entrance[Symbol.asyncDispose]();
    for (const each of this.#wires) close(each);
    await closed;
    this.toxics.abandon();
  }

  #join(socket: Socket): void {
    const client = this.#hold(socket);
    const upstream = this.#hold(dial(this.upstream));
    const failed = (): void => close(client);
    upstream.socket.once('close', failed);
    upstream.socket.once('connect', () => {
      upstream.socket.off('close', failed);
      const labels = { proxy: this.name, listener: this.listen, upstream: this.upstream };
      void this.toxics.join(client, upstream, (direction) => this.#metrics.count({ ...labels, direction }));
    });
  }

  #hold(socket: Socket): Wire {
    const held = wire(socket);
    this.#wires.add(held);
    socket.once('close', () => this.#wires.delete(held));
    return held;
  }
}

/** Connects, or fails as a connection does, also where there is nothing to connect to. */
function dial(address: string): Socket {
  try {
    const { host, port } = splitAddress(address);
    return connect({ ...WIRE, host: host || 'localhost', port });
  } catch (error) {
    return new Socket(WIRE).destroy(error as Error);
  }
}

/** Nothing here is for other machines, and so nothing else is ever bound. */
async function openOnLoopback(address: string, take: (client: Socket) => void): Promise<Entrance> {
  const at = await resolveAddress(address).catch((error: ApiError) => {
    throw badAddress(`listen tcp: ${error.message}`);
  });
  const failed = (why: string): ApiError => badAddress(`listen tcp ${joinAddress(at)}: bind: ${why}`);
  if (!isLoopback(at.host)) throw failed('only loopback addresses are bound here');
  return openEntrance(at, take).catch(({ code = '' }: NodeJS.ErrnoException) => {
    throw failed(WHY[code] ?? code);
  });
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};
