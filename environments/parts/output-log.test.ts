import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keepOutput } from './output-log.ts';

test('lines of two streams are not cut into each other', async () => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const log = keepOutput([out, err]);
  out.write('first ');
  await turn();
  err.write('warning\n');
  await turn();
  expect(log.text()).toBe('warning\nfirst ');
  out.write('half\nsecond');
  await turn();
  expect(log.text()).toBe('warning\nfirst half\nsecond');
});

test('a character that arrives in two pieces stays whole', async () => {
  const out = new PassThrough();
  const log = keepOutput([out]);
  const bytes = Buffer.from('ü\n');
  out.write(bytes.subarray(0, 1));
  await turn();
  out.end(bytes.subarray(1));
  await turn();
  expect(log.text()).toBe('ü\n');
});

test('the last output is kept and what was let go is counted', async () => {
  const out = new PassThrough();
  const limit = 200_000;
  const log = keepOutput([out], limit);
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) out.write(line);
  await turn();
  const all = lines.join('');
  expect(log.text().length + log.dropped()).toBe(all.length);
  expect(all.endsWith(log.text())).toBe(true);
  expect(log.text().length).toBeGreaterThanOrEqual(limit);
  expect(log.text().length).toBeLessThan(limit + 100_000);
  expect(log.tail(2)).toEqual(['line 49998', 'line 49999']);
});

test('a line that never ends is bounded as well', async () => {
  const out = new PassThrough();
  const log = keepOutput([out], 200_000);
  for (let count = 0; count < 100; count += 1) out.write('x'.repeat(10_000));
  await turn();
  expect(log.text().length).toBeLessThan(400_000);
  expect(log.text().length + log.dropped()).toBe(1_000_000);
});
