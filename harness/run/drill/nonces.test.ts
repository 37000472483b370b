import { expect, test } from 'vitest';
import { chanceFrom } from '../../seed.ts';
import { SpentNonces } from './nonces.ts';

const TTL_MS = 2000;
const spent = (nonce: string, at: number, by: string | null = 'one') => ({
  nonce,
  by,
  sentAt: at,
  answeredAt: at + 5,
});

test('a nonce is given out as spent only far from the end of its time', () => {
  const nonces = new SpentNonces(TTL_MS, chanceFrom(1));
  expect(nonces.still(0, 'one')).toBeUndefined();
  nonces.add(spent('a', 100));

  expect(nonces.still(105, 'one')).toBe('a');
  expect(nonces.still(1100, 'one')).toBe('a');
  expect(nonces.still(1101, 'one')).toBeUndefined();
});

test('every place is shown nonces that were spent at another', () => {
  const nonces = new SpentNonces(TTL_MS, chanceFrom(1));
  for (let count = 0; count < 5; count += 1) {
    nonces.add(spent(`at one ${count}`, count * 100));
    nonces.add(spent(`at two ${count}`, count * 100, 'two'));
  }

  const elsewhere = Array.from({ length: 200 }, () => nonces.still(600, 'one')!).filter((nonce) =>
    nonce.startsWith('at two'),
  );
  expect(elsewhere.length).toBeGreaterThan(130);
});

test('of thousands that were spent it has some from every moment', () => {
  const nonces = new SpentNonces(120_000, chanceFrom(1));
  for (let at = 0; at < 50_000; at += 1) nonces.add(spent(String(at), at));

  const given = Array.from({ length: 200 }, () => Number(nonces.still(50_000, 'two')));
  expect(Math.min(...given)).toBeLessThan(5000);
  expect(Math.max(...given)).toBeGreaterThan(45_000);
});

test('a nonce whose time is over is given out once', () => {
  const nonces = new SpentNonces(TTL_MS, chanceFrom(1));
  nonces.add(spent('a', 100));
  nonces.add(spent('b', 300));

  expect(nonces.expired(2604)).toBeUndefined();
  expect(nonces.expired(2605)).toBe('a');
  expect(nonces.expired(2804)).toBeUndefined();
  expect(nonces.expired(2805)).toBe('b');
  expect(nonces.expired(9999)).toBeUndefined();
});
