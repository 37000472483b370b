import { once } from 'node:events';
import { Agent } from 'node:https';

import { afterEach, expect, test, vi } from 'vitest';

import { readConfig } from './config.ts';
import type { ReplayStore } from './replay-store.ts';
import { SignerServer } from './server.ts';
import { clientOf, prepareTrial, verdict } from './trial.ts';

afterEach(() => vi.useRealTimers());

test('a server that stops answers what still comes on an open connection, and then ends it', async () => {
  await using trial = await prepareTrial();
  const { configFile, config } = await trial.configure();
  const store = { consume: () => Promise.resolve(true) } as unknown as ReplayStore;
  const listening = Promise.withResolvers<void>();
  const server = new SignerServer(readConfig(configFile), store, (event) => {
    if (event === 'listening') listening.resolve();
  });
  server.listen((reason) => listening.reject(new Error(reason)));
  await listening.promise;
  const send = clientOf(config.listen.port, trial.ids.server, trial.ids.client);
  const [used, idle] = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const replies = [await send({ agent: used! }), await send({ agent: idle! })];
  expect(replies.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'keep-alive']);

  // Nobody's patience ends before the clock goes on.
  vi.useFakeTimers({ toFake: ['performance'] });
  const closed = server.close();
  const last = await send({ agent: used! });
  expect([verdict(last), last.headers.connection, last.socket]).toEqual(['200', 'close', replies[0]!.socket]);
  const ended = once(replies[1]!.socket, 'close');
  vi.advanceTimersByTime(100);
  await Promise.all([ended, closed]);
});
