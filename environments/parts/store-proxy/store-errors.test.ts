import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoreErrorCode } from '../../../harness/faults/mischief.ts';
import type { RedisServer } from '../redis.ts';
import type { Endpoint } from '../splice.ts';
import { STORE_ERRORS } from './store-errors.ts';
import { openStoreProxy } from './store-proxy.ts';
import { openWorkshop, outcomes, until, type Workshop } from './store-proxy.fixture.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await openWorkshop();
});

afterAll(() => workshop[Symbol.asyncDispose]());

interface State {
  readonly settings?: string;
  prepare?(redis: RedisServer): unknown;
  enter(redis: RedisServer): unknown;
  /** Whether it leaves connections alone that were there before. */
  readonly isForNewcomers?: true;
}

/** How a real Redis comes into the state, to compare with. */
const states: Readonly<Record<StoreErrorCode, State>> = {
  OOM: { enter: ({ look }) => look.config('SET', 'maxmemory', '1') },
  READONLY: { enter: ({ look }) => look.call('REPLICAOF', '127.0.0.1', '1') },
  LOADING: {
    settings: '--enable-debug-command yes',
    async enter({ at, look }) {
      await look.call('DEBUG', 'POPULATE', '50000', 'key', '100');
      await look.config('SET', 'key-load-delay', '1000');
      await look.config('SET', 'loading-process-events-interval-bytes', '1024');
      look.call('DEBUG', 'RELOAD').catch(() => undefined);
      const other = workshop.client(at, { enableReadyCheck: false, protocol: 2 });
      await until(async () => (await other.info('persistence')).includes('\nloading:1\r'));
    },
  },
  NOAUTH: { enter: ({ look }) => look.config('SET', 'requirepass', 'unknown'), isForNewcomers: true },
  NOSCRIPT: { enter: ({ look }) => look.script('FLUSH') },
  MISCONF: {
    async enter({ look }) {
      const [, folder = ''] = await look.config('GET', 'dir');
      rmSync(folder, { recursive: true });
      await look.config('SET', 'save', '3600 1');
      await look.bgsave();
      await until(async () => (await look.info('persistence')).includes('rdb_last_bgsave_status:err'));
    },
  },
  CLUSTERDOWN: {
    settings: '--cluster-enabled yes',
    async prepare({ look }) {
      await look.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await until(async () => (await look.cluster('INFO')).includes('cluster_state:ok'));
    },
    enter: async ({ look }) => look.cluster('DELSLOTS', await look.cluster('KEYSLOT', 'other')),
  },
};

/** Each on a connection of its own, in one go. */
const talks: readonly (readonly string[])[] = [
  ['SET key 1', 'SET key 1 PX 100 NX', 'set key 1', 'GET key', 'INCR key', 'DEL key', 'PEXPIRE key 5'],
  [
    'PING',
    'ECHO x',
    'TIME',
    'INFO',
    'CONFIG GET save',
    'CLIENT SETNAME me',
    'CLIENT',
    'COMMAND COUNT',
    'ROLE',
  ],
  ['SET key', 'GET key key', 'UNKNOWN key', 'CONFIG UNKNOWN', 'EXEC', 'DISCARD', 'MULTI x', 'WATCH key'],
  ['PUBLISH channel x', 'SCRIPT EXISTS x', 'PFADD key x', 'XADD key * f v', 'SORT key', 'FLUSHALL'],
  ['MULTI', 'SET key 1', 'EXEC', 'EXEC', 'GET key'],
  ['MULTI', 'GET key', 'PING', 'EXEC'],
  ['MULTI', 'SET key', 'GET key', 'EXEC', 'MULTI', 'EXEC'],
  ['MULTI', 'SET key 1', 'DISCARD', 'MULTI', 'DISCARD', 'DISCARD'],
  ['MULTI', 'MULTI', 'WATCH key', 'SET key 1', 'RESET', 'EXEC'],
  ['HELLO 3', 'HELLO 2', 'SELECT 0', 'AUTH', 'RESET'],
  ['HELLO 9', 'HELLO', 'HELLO 3 AUTH default'],
  ['EVAL return(1)', 'EVAL_RO return(1) 0', 'EVAL_RO return(1) 1 key', 'SUBSCRIBE'],
];

const SCRIPT = "return(redis.call('SET',KEYS[1],1))";

async function openTransaction(at: Endpoint): Promise<Socket> {
  const socket = workshop.dial(at);
  socket.write('MULTI\r\nSET key 1\r\n');
  let said = '';
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  socket.on('data', hear);
  await until(() => said === '+OK\r\n+QUEUED\r\n');
  socket.off('data', hear);
  return socket;
}

test.each(Object.keys(STORE_ERRORS) as StoreErrorCode[])(
  'by its refusals nobody can tell a store said to be in the state %s from one that is',
  async (code) => {
    const state = states[code];
    const real = await workshop.redis(state.settings);
    await state.prepare?.(real);
    const sha = String(await real.look.script('LOAD', SCRIPT));
    const upstream = (await workshop.redis()).at;
    await using proxy = await openStoreProxy({ port: await workshop.port(), upstream });
    const open = [await openTransaction(real.at), await openTransaction(proxy.at)];

    await state.enter(real);
    proxy.serve({ kind: 'error', code });

    const said = async (at: Endpoint): Promise<string[][]> => {
      const all: string[][] = [];
      for (const talk of talks) all.push(await outcomes(workshop.dial(at), talk));
      const toScripts = [`EVALSHA ${sha} 1 key`, `EVAL ${SCRIPT} 1 key`];
      const ofScripts = await outcomes(workshop.dial(at), toScripts);
      // The words go on with where in the script the error was met.
      return [...all, ofScripts.map((text) => text.replace(/ .*/, ''))];
    };
    const expected = await said(real.at);
    expect(await said(proxy.at)).toEqual(expected);
    expect(expected.flat().join()).toContain(code);

    if (state.isForNewcomers) return;
    const [ended, endedToo] = await Promise.all(open.map((socket) => outcomes(socket, ['EXEC', 'EXEC'])));
    expect(endedToo).toEqual(ended);
  },
);
