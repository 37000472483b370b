import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LOOPBACK } from '../ports.ts';
import { openEntrance } from './entrance.ts';

const ANY = { host: LOOPBACK, port: 0 };

test('many who come at once need not wait for a turn each', async () => {
  const came = 64;
  const taken: Socket[] = [];
  await using entrance = await openEntrance(ANY, (visitor) => void taken.push(visitor));
  const sockets = Array.from({ length: came }, () => connect(entrance.at));
  let turns = 0;
  for (; taken.length < came; turns += 1) await immediate();
  for (const socket of [...sockets, ...taken]) socket.destroy();
  expect(turns).toBeLessThan(process.platform === 'linux' ? came / 2 : 2 * came);
});

test('what shares its port among sockets of its own shares it with nobody else', async () => {
  await using entrance = await openEntrance(ANY, (visitor) => visitor.destroy());
  await expect(openEntrance(entrance.at, () => undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('one that is closed refuses whoever comes', async () => {
  const entrance = await openEntrance(ANY, (visitor) => visitor.destroy());
  await entrance[Symbol.asyncDispose]();
  const [error] = (await once(connect(entrance.at), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});
