import { connect, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { EnvironmentError } from '../../harness/errors.ts';
import type { ReplayStore, StoreConnection } from '../../harness/run/environment.ts';
import { receivedBy } from './fault-proxy/received.ts';
import type { FaultProxyServer } from './fault-proxy/server.ts';
import type { ProxiedLink } from './link.ts';
import type { RedisServer } from './redis.ts';

/** How a replica gets to the store: by a link that leads to an address of the store which nobody else uses. */
export interface WayToStore {
  readonly link: ProxiedLink;
  readonly storeHost: string;
}

/** The replay store as the harness sees it: by a connection of its own, and by the ways the replicas must use. */
export function storeBehind(
  redis: RedisServer,
  ways: readonly WayToStore[],
  faultProxy: FaultProxyServer,
): ReplayStore {
  const { look } = redis;
  const askedByUs = new Map<string, number>();

  /** Of a connection by which nothing was asked yet nobody can tell whose it is: it may be ours. */
  async function connectionsOfReplicas(): Promise<StoreConnection[]> {
    const clients = String(await look.client('LIST'))
      .trim()
      .split('\n')
      .map(fields);
    return clients.flatMap(({ id = '', laddr, name, cmd }) => {
      if (laddr === undefined) throw new EnvironmentError(TOO_OLD);
      const way = ways.find(({ storeHost }) => laddr.startsWith(`${storeHost}:`));
      if (way === undefined || cmd === 'NULL' || name === OUR_NAME) return [];
      return { replica: way.link.from, id };
    });
  }

  return {
    async ping() {
      await look.ping();
    },
    async pingBy(replica) {
      const way = ways.find(({ link }) => link.from === replica);
      if (!way) throw new RangeError(`No replica ${replica} has a way to this store`);
      const socket = connect({ ...way.link.at, noDelay: true });
      socket.once('connect', () => askedByUs.set(replica, (askedByUs.get(replica) ?? 0) + 1));
      await answered(socket);
    },
    async keysHolding(part) {
      const keys = await scan(look, `*${escapeGlob(part)}*`);
      return Promise.all(keys.map(async (key) => ({ key, ttlMs: await look.pttl(key) })));
    },
    async visitors() {
      const connected = new Set((await connectionsOfReplicas()).map(({ replica }) => replica));
      const received = await receivedBy(faultProxy);
      // Ours are counted after those they are among: one that is on its way can hide something, but not make it up.
      return ways
        .map(({ link }) => link)
        .filter(({ name, from }) => {
          const ours = (askedByUs.get(from) ?? 0) * Buffer.byteLength(OUR_QUESTION);
          return connected.has(from) || (received.get(name) ?? 0) > ours;
        })
        .map(({ from }) => from);
    },
    connectionsOfReplicas,
    asks: (command = '', ...words) => look.call(command, ...words),
    pause: async () => redis.child.signal('SIGSTOP'),
    resume: async () => redis.child.signal('SIGCONT'),
    async kill() {
      redis.child.signal('SIGKILL');
      await redis.child.exited;
    },
    start: (signal) => redis.start(signal),
    condition: async () => redis.child.condition(),
  };
}

const OUR_NAME = 'keydrill';
/** All that we ever send by the way of a replica, so that it can be told from what the replica sends. */
const OUR_QUESTION = `CLIENT SETNAME ${OUR_NAME}\r\n`;

const TOO_OLD = 'redis-server does not tell on which of its addresses a client came; install 6.2 or newer';

/** One line of the store's list of its clients. */
const fields = (line: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries([...line.matchAll(/(\S+?)=(\S*)/g)].map(([, name, value]) => [name, value]));

/** Anything that comes back has gone the way there and back; what comes after nobody waits for it is let go then. */
function answered(socket: Socket): Promise<void> {
  return new Promise((came, failed) => {
    socket.on('error', failed);
    socket.once('close', () => failed(new Error('The way to the store was closed')));
    socket.setTimeout(PING_MS, () => failed(new Error(`No answer by the way to the store in ${PING_MS} ms`)));
    socket.once('data', () => {
      came();
      // An orderly end would keep its port for a minute, and this is asked many times a second.
      socket.resetAndDestroy();
    });
    socket.write(OUR_QUESTION);
  });
}

const PING_MS = 2_000;

async function scan(look: Redis, match: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await look.scan(cursor, 'MATCH', match, 'COUNT', 1000);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}

const escapeGlob = (text: string): string => text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
