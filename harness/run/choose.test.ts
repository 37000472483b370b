import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { choose } from './choose.ts';

const all = [
  { id: 'nonce-spent-everywhere', clause: 'replay/shared', tags: ['replay', 'replicas'] },
  { id: 'one-of-64', clause: 'replay/atomic', tags: ['replay'] },
  { id: 'expired-certificate', clause: 'mtls/trusted-only', tags: ['mtls'] },
  { id: 'refusals-alike', clause: 'answers/tell-nothing' },
];
const chosen = (...names: string[]): string[] => choose(all, names).map(({ id }) => id);

test('without a name everything is chosen', () => {
  expect(choose(all, [])).toEqual(all);
  expect(choose(all, [])).not.toBe(all);
});

test('a name is that of a case, of its clause or of a tag', () => {
  expect(chosen('one-of-64')).toEqual(['one-of-64']);
  expect(chosen('mtls/trusted-only')).toEqual(['expired-certificate']);
  expect(chosen('replay')).toEqual(['nonce-spent-everywhere', 'one-of-64']);
  expect(chosen('answers/tell-nothing')).toEqual(['refusals-alike']);
});

test('several names add up, each case once and in the order of the list', () => {
  expect(chosen('mtls', 'replicas', 'replay/shared')).toEqual([
    'nonce-spent-everywhere',
    'expired-certificate',
  ]);
});

test.each([
  ['one-of-46', 'one-of-64'],
  ['replays', 'replay'],
  ['mtls/trust-only', 'mtls/trusted-only'],
  ['nonce-spent-anywhere', 'nonce-spent-everywhere'],
])('"%s" is no name, but near one', (name, near) => {
  expect(() => chosen(name)).toThrow(UsageError);
  expect(() => chosen('replay', name)).toThrow(
    `Nothing is called "${name}"; did you mean "${near}"? See \`keydrill list\` for every scenario, clause and tag`,
  );
});

test('a name that is near to nothing is only refused', () => {
  expect(() => chosen('kubernetes')).toThrow(
    'Nothing is called "kubernetes". See `keydrill list` for every scenario, clause and tag',
  );
  expect(() => choose([], ['anything'])).toThrow(UsageError);
});

test('a name is the whole name', () => {
  expect(() => chosen('one')).toThrow(UsageError);
  expect(() => chosen('')).toThrow(UsageError);
});
