import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Connection } from './connection.ts';
import { Pool } from './pool.ts';
import type { Unopened } from './wire.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

interface Kept {
  readonly connection: Connection | Unopened;
}

function open(): Promise<Kept> {
  const connection = {
    kind: 'connection',
    closed: false,
    close: () => Promise.resolve(void (connection.closed = true)),
  };
  return Promise.resolve({ connection: connection as unknown as Connection });
}

const isClosed = ({ connection }: Kept): boolean => connection.kind === 'connection' && connection.closed;

test('a connection that was given back is taken again, unless it has closed meanwhile', async () => {
  const pool = new Pool<Kept>();
  const first = await pool.take(open);
  const second = await pool.take(open);
  expect(second).not.toBe(first);

  pool.giveBack(first);
  expect(await pool.take(open)).toBe(first);
  pool.giveBack(first);
  if (first.connection.kind === 'connection') await first.connection.close();
  expect(await pool.take(open)).not.toBe(first);
});

test('a connection is kept for its time, and closed then though it is idle', async () => {
  const pool = new Pool<Kept>({ keptForMs: 300 });
  const [idle, busy] = [await pool.take(open), await pool.take(open)];
  pool.giveBack(idle);

  await vi.advanceTimersByTimeAsync(299);
  expect(isClosed(idle)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([isClosed(idle), isClosed(busy)]).toEqual([true, false]);
  pool.giveBack(busy);
  expect(isClosed(busy)).toBe(true);
});

test('without a time it is kept for ever', async () => {
  const pool = new Pool<Kept>();
  const kept = await pool.take(open);
  pool.giveBack(kept);
  await vi.advanceTimersByTimeAsync(3_600_000);

  expect(await pool.take(open)).toBe(kept);
});

test('one is opened at a time, and whoever waits gets the first that is free', async () => {
  const pool = new Pool<Kept>();
  const kept = await pool.take(open);
  const slow = vi.fn<() => Promise<Kept>>(() => new Promise(() => undefined));
  const taken: Kept[] = [];
  for (let count = 0; count < 10; count += 1) void pool.take(slow).then((each) => taken.push(each));
  expect(slow).toHaveBeenCalledTimes(1);

  pool.giveBack(kept);
  await vi.advanceTimersByTimeAsync(0);
  expect(taken).toEqual([kept]);
  expect(slow).toHaveBeenCalledTimes(1);
});

test('where none can be opened, all who wait have seen as much', async () => {
  const pool = new Pool<Kept>();
  const unopened = { connection: { kind: 'unopened' } as Unopened };
  const refused = Promise.withResolvers<Kept>();
  const taking = Array.from({ length: 10 }, () => pool.take(() => refused.promise));

  refused.resolve(unopened);

  expect(new Set(await Promise.all(taking))).toEqual(new Set([unopened]));
});

test('a closed pool keeps nothing', async () => {
  const pool = new Pool<Kept>();
  const [idle, busy] = [await pool.take(open), await pool.take(open)];
  pool.giveBack(idle);

  await pool.close();
  pool.giveBack(busy);

  expect([isClosed(idle), isClosed(busy)]).toEqual([true, true]);
});

test('one that is still being opened is closed too, where nobody waits for it any more', async () => {
  const pool = new Pool<Kept>();
  const first = await pool.take(open);
  const opening = Promise.withResolvers<Kept>();
  const waiting = pool.take(() => opening.promise);
  pool.giveBack(first);
  expect(await waiting).toBe(first);

  const closing = pool.closeIdle();
  const late = await open();
  opening.resolve(late);
  await closing;

  expect(isClosed(late)).toBe(true);
});
