import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect, styleText } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const value = 'public-test-value-that-nobody-may-see';
const secret = new Secret('client/current', value);

test('is revealed where it is asked for by name', () => {
  expect(secret.reveal()).toBe(value);
  expect(secret.id).toBe('client/current');
});

test.each<[string, () => string]>([
  ['JSON', () => JSON.stringify({ secret, list: [secret] }, undefined, 2)],
  ['a template', () => `secret ${String(secret)}`],
  ['a sum', () => 'secret: '.concat(secret as unknown as string)],
  ['a joined list', () => [secret, secret].join(', ')],
  ['inspect', () => inspect(secret)],
  ['inspect with everything shown', () => inspect(secret, { showHidden: true, depth: null, getters: true })],
  [
    'inspect of what holds it',
    () => inspect({ deep: { deeper: { secret } }, map: new Map([['a', secret]]) }, { depth: null }),
  ],
  [
    'inspect without what it says of itself',
    () => inspect(secret, { customInspect: false, showHidden: true }),
  ],
  ['format', () => format('%s %o %O %j %i', secret, secret, secret, secret, secret)],
  ['a style', () => styleText('red', String(secret))],
  ['an error', () => inspect(new Error('no such secret', { cause: secret }))],
  [
    'its own fields',
    () =>
      JSON.stringify([Object.entries(secret), Object.assign({}, secret), Object.getOwnPropertyNames(secret)]),
  ],
  ['a clone', () => JSON.stringify(structuredClone(Object.assign({}, secret)))],
])('is not seen in %s', (_where, print) => {
  expect(print()).not.toContain(value);
  expect(print()).toMatch(/client\/current|NaN/);
});

test('is not seen on a console', () => {
  const out = new PassThrough();
  const console = new Console({ stdout: out, stderr: out });
  console.log(secret, { secret });
  console.error('%s', secret);
  console.table([{ secret }]);
  console.dir({ secret }, { showHidden: true });
  const printed = String(out.read());
  expect(printed).toContain('[secret client/current]');
  expect(printed).not.toContain(value);
});
