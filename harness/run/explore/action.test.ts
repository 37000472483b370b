import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { weights } from './action.ts';

test('the weights are those that are published', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const published = [...readme.matchAll(/^\| `([a-z-]+)` +\| +(\d+) \|/gm)].map(([, kind, weight]) => [
    kind,
    Number(weight),
  ]);
  expect(Object.fromEntries(published)).toEqual(weights);
});
