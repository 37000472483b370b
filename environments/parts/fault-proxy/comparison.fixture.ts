import { type Proxy, Toxiproxy, type ToxicAttributeTypes, type ToxicType } from 'toxiproxy-node-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '../../../harness/clock.ts';
import { type BothServers, startBoth, UNCOMPARED } from './both-servers.fixture.ts';
import { call, listen, type Peer, type Upstream } from './peer.fixture.ts';
import type { FaultProxyServer } from './server.ts';
import type { Direction } from './toxic.ts';

export const DIRECTIONS: readonly Direction[] = ['upstream', 'downstream'];

/** One proxy on one of the two servers, before one upstream. */
export interface Scene {
  readonly api: string;
  readonly proxy: Proxy;
  readonly upstream: Upstream;
  readonly connects: (direction?: Direction) => Promise<Connection>;
  readonly adds: (type: ToxicType | 'noop', attributes: object, more: More) => ReturnType<Proxy['addToxic']>;
}

/** Both ends of a connection: by who called, and by who sends in the direction that is looked at. */
export interface Connection {
  readonly client: Peer;
  readonly server: Peer;
  readonly from: Peer;
  readonly to: Peer;
}

interface More {
  readonly stream: Direction;
  readonly toxicity?: number;
}

type Play = (scene: Scene) => Promise<unknown>;

/** After this whatever has not happened will not. It is above the patience of the API. */
const DEADLINE_MS = 50_000;

/** How many plays are on at a time. Most of a play is waiting, but its beginning is work. */
const STAGES = 24;

interface Seen {
  readonly real: unknown;
  readonly builtIn: unknown;
}

/**
 * Plays the same before either server, many plays at once, and tells by a test for each what was seen: it must be what
 * is expected, before both. Where the real one is not here the other can still fail, and cannot pass.
 */
export function comparison(): (name: string, play: Play, expected: unknown) => void {
  const waiting: (() => Promise<void>)[] = [];
  let both: BothServers;
  beforeAll(async () => {
    both = await startBoth();
    for (let stage = 0; stage < STAGES; stage += 1) void playOn(waiting);
  });
  afterAll(() => both[Symbol.asyncDispose]());
  return (name, play, expected) => {
    const { promise: seen, resolve } = Promise.withResolvers<Seen>();
    waiting.push(async () => {
      const [real, builtIn] = await Promise.all(
        [both.real, both.builtIn].map(async (server) => server && seenAt(server, name, play)),
      );
      resolve({ real, builtIn });
    });
    test(name, async (context) => {
      expect(await seen).toEqual({ real: both.real && expected, builtIn: expected });
      context.skip(!both.real, UNCOMPARED);
    });
  };
}

async function playOn(waiting: (() => Promise<void>)[]): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
}

async function seenAt({ at }: FaultProxyServer, name: string, play: Play): Promise<unknown> {
  await using upstream = await listen();
  const api = `http://${at.host}:${at.port}`;
  const proxy = await new Toxiproxy(api).createProxy({
    name: name.replaceAll(/\W+/g, '-'),
    listen: 'localhost:0',
    upstream: upstream.address,
  });
  const connects: Scene['connects'] = async (direction) => {
    const client = await call(proxy.listen);
    const server = await upstream.next();
    const [from, to] = direction === 'downstream' ? [server, client] : [client, server];
    return { client, server, from, to };
  };
  const adds: Scene['adds'] = (type, attributes, { stream, toxicity = 1 }) =>
    proxy.addToxic({
      name: '',
      type: type as ToxicType,
      stream,
      toxicity,
      attributes: attributes as ToxicAttributeTypes,
    });
  try {
    return await within(DEADLINE_MS, play({ api, proxy, upstream, connects, adds }));
  } catch (error) {
    return error;
  }
}

/** What comes of it in that time, or that nothing does. */
export const within = <T>(ms: number, something: Promise<T>): Promise<T | 'nothing'> =>
  Promise.race([something, pause(ms).then(() => 'nothing' as const)]);
