import { expect, test } from 'vitest';
import { monotonicMs } from '../../../harness/clock.ts';
import { after } from './timer.ts';

const rest = (ms: number) => new Promise<void>((over) => void after(ms, over));

test('a timer is never early, however short', async () => {
  for (let at = 0; at < 100; at += 1) {
    const ms = 0.1 + (at % 40) / 10;
    const from = monotonicMs();
    await rest(ms);
    expect(monotonicMs() - from).toBeGreaterThanOrEqual(ms);
  }
});

test('a timer that was called off does not go off', async () => {
  const wentOff: number[] = [];
  for (const ms of [0.5, 5]) after(ms, () => wentOff.push(ms))();
  await rest(20);
  expect(wentOff).toEqual([]);
});
