import type { Chance } from '../../../harness/seed.ts';
import { type ApiError, asApiError, missingField, proxyAlreadyExists, proxyNotFound } from './api-error.ts';
import { PROXY, PROXY_IN_LIST } from './bodies.ts';
import { inTurn } from './in-turn.ts';
import { Metrics } from './metrics.ts';
import { Proxy, type ProxyWish } from './proxy.ts';
import { bodyValue, fill, fillEach } from './struct.ts';

/** All the proxies, by their names. */
export class Proxies {
  readonly metrics = new Metrics();
  readonly #chance: Chance;
  readonly #byName = new Map<string, Proxy>();
  readonly #turn = inTurn();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  all(): Proxy[] {
    return [...this.#byName.values()];
  }

  get(name: string): Proxy {
    const proxy = this.#byName.get(name);
    if (proxy === undefined) throw proxyNotFound();
    return proxy;
  }

  async create(body: Buffer): Promise<Proxy> {
    const given = readOne(body);
    return this.#turn(() => {
      if (this.#byName.has(given.name)) throw proxyAlreadyExists();
      return this.#put(given);
    });
  }

  /** Creates a list of proxies, some of which may be there already, up to the first that fails. */
  async populate(body: Buffer): Promise<{ readonly done: readonly Proxy[]; readonly failed?: ApiError }> {
    const done: Proxy[] = [];
    try {
      for (const given of readList(body)) done.push(await this.#turn(() => this.#putOrKeep(given)));
      return { done };
    } catch (error) {
      return { done, failed: asApiError(error) };
    }
  }

  async update(name: string, body: Buffer): Promise<Proxy> {
    const proxy = this.get(name);
    const { listen, upstream, enabled } = proxy;
    const wish = { listen, upstream, enabled };
    fill(wish, PROXY, bodyValue(body));
    await proxy.update(wish);
    return proxy;
  }

  remove(name: string): Promise<void> {
    return this.#turn(async () => {
      await this.get(name).stop();
      this.#byName.delete(name);
    });
  }

  /** Brings every proxy up and takes every toxic off. */
  async reset(): Promise<void> {
    for (const proxy of this.all()) {
      await proxy.start();
      await proxy.toxics.reset();
    }
  }

  /** One that is there and is the same is kept, its toxics too. */
  async #putOrKeep(given: Given): Promise<Proxy> {
    const existing = this.#byName.get(given.name);
    if (existing !== undefined) {
      if (!(await existing.differs(given))) return existing;
      await existing.stop();
    }
    return this.#put(given);
  }

  async #put(given: Given): Promise<Proxy> {
    const proxy = new Proxy({ ...given, chance: this.#chance, metrics: this.metrics });
    if (given.enabled) await proxy.start();
    this.#byName.set(given.name, proxy);
    return proxy;
  }
}

type Given = ProxyWish & { readonly name: string };

const NEW = { name: '', listen: '', upstream: '', enabled: true };

function readOne(body: Buffer): Given {
  const given = { ...NEW };
  fill(given, PROXY, bodyValue(body));
  if (given.name === '') throw missingField('name');
  if (given.upstream === '') throw missingField('upstream');
  return given;
}

function readList(body: Buffer): Given[] {
  const list = fillEach(() => ({ ...NEW }), PROXY_IN_LIST, bodyValue(body));
  for (const [at, { name, upstream }] of list.entries()) {
    if (name === '') throw missingField(`name at proxy ${at + 1}`);
    if (upstream === '') throw missingField(`upstream at proxy ${at + 1}`);
  }
  return list;
}
