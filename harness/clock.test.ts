import { expect, test } from 'vitest';
import { isoTime, monotonicMs, pause, timeStamp, wallClockMs } from './clock.ts';

test('the monotonic clock never runs backwards', () => {
  let last = monotonicMs();
  for (let reading = 0; reading < 1000; reading += 1) {
    const now = monotonicMs();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('the wall clock counts milliseconds since 1970', () => {
  expect(Number.isInteger(wallClockMs())).toBe(true);
  expect(wallClockMs()).toBeGreaterThan(Date.UTC(2025, 0));
});

test('a pause takes its time, and no time at all where there is none left', async () => {
  const from = monotonicMs();
  await pause(30);
  expect(monotonicMs() - from).toBeGreaterThanOrEqual(29);
  await pause(-1000);
});

test('a pause ends at once when it is called off', async () => {
  const over = new AbortController();
  const pausing = pause(60_000, over.signal);
  over.abort(new Error('interrupted'));
  await expect(pausing).rejects.toThrow(/abort/i);
  await expect(pause(60_000, over.signal)).rejects.toThrow(/abort/i);
});

test('a moment is written so that people, shells and file systems can read it', () => {
  const moment = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
  expect(isoTime(moment)).toBe('2026-02-03T04:05:06.789Z');
  expect(timeStamp(moment)).toBe('20260203T040506Z');
  expect([timeStamp(moment), timeStamp(moment + 1000)].toSorted()[0]).toBe(timeStamp(moment));
});
