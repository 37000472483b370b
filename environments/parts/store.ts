import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import type { ReplayStore } from '../../harness/run/environment.ts';
import type { Link } from './link.ts';

/** The replay store as the harness sees it: by a connection of its own, and by the links the replicas must use. */
export const storeBehind = (look: Redis, links: readonly Link[]): ReplayStore => ({
  async ping() {
    await look.ping();
  },
  async pingBy(replica) {
    const link = links.find(({ name }) => name === replica);
    if (!link) throw new RangeError(`No replica ${replica} has a way to this store`);
    await answered(link.dial());
  },
  async keysHolding(part) {
    const keys = await scan(look, `*${escapeGlob(part)}*`);
    return Promise.all(keys.map(async (key) => ({ key, ttlMs: await look.pttl(key) })));
  },
  visitors: () => links.filter((link) => link.totals().bytesToUpstream > 0).map(({ name }) => name),
  async connectionsOfReplicas() {
    const clients = String(await look.client('LIST'));
    const ports = new Set([...clients.matchAll(/ addr=\S+:(\d+) /g)].map((match) => Number(match[1])));
    const open = links.flatMap((link) => link.connections());
    return open.filter(({ upstreamPort }) => upstreamPort !== undefined && ports.has(upstreamPort)).length;
  },
  async cut() {
    await Promise.all(links.map((link) => link.cut()));
  },
  async mend() {
    await Promise.all(links.map((link) => link.mend()));
  },
});

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
    socket.write('PING\r\n');
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
