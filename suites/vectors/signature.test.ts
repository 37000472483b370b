import { expect, test } from 'vitest';
import { translateSignature, type KnownSignature } from './signature.ts';

const known: readonly KnownSignature[] = [
  { text: 'first', at: 0, signature: 'aa11'.repeat(16) },
  { text: 'second', at: 1, signature: 'bb22'.repeat(16) },
];
/** Tells what it was asked for, at the length of a signature. */
const sign = (text: string, at: number): string => `${at}-${text}-`.padEnd(64, 'f');
const translated = (override: string): string => translateSignature(override, known, sign);

test('the signature of a step becomes today’s of the same secret and step', () => {
  expect(translated('aa11'.repeat(16))).toBe(sign('first', 0));
  expect(translated('bb22'.repeat(16))).toBe(sign('second', 1));
});

test('in upper case it stays in upper case', () => {
  expect(translated('BB22'.repeat(16))).toBe(sign('second', 1).toUpperCase());
});

test('cut short it is cut to the same length', () => {
  expect(translated('aa11'.repeat(8))).toBe(sign('first', 0).slice(0, 32));
  expect(translated('aa11aa11')).toBe(sign('first', 0).slice(0, 8));
});

test('with more after it the same comes after it', () => {
  expect(translated(`${'aa11'.repeat(16)}00`)).toBe(`${sign('first', 0)}00`);
});

test.each(['deadbeef', '', 'not hex', 'aa11aa1', `${'aa11'.repeat(8)}dead`, 'cc33'.repeat(16)])(
  '"%s" is nobody’s and stands as it is',
  (override) => {
    expect(translated(override)).toBe(override);
  },
);
