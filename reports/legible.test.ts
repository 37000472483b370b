import { expect, test } from 'vitest';
import { duration, legible, onOneLine, shortened } from './legible.ts';
import { hostile } from './results.fixture.ts';

test('what a reader cannot see is written out', () => {
  expect(legible(hostile.controls)).toBe(
    String.raw`bell \u{7} nul \u{0} escape \u{1b}[31mred\u{1b}[0m c1 \u{9b}2K \u{fffe}`,
  );
  expect(legible('a\tb\r\u2028\u0085')).toBe(String.raw`a\tb\r\u{2028}\u{85}`);
});

test('text that would be read backwards is not', () => {
  expect(legible(hostile.direction)).toBe(String.raw`accepted \u{202e}detpecca`);
});

test('halves of characters are written out and whole characters are left alone', () => {
  expect(legible(hostile.lone)).toBe(String.raw`half a character \u{d83d} and \u{dd11} the other`);
  expect(legible(hostile.emoji)).toBe(hostile.emoji);
});

test('line breaks stay, or are shown where one line is all there is', () => {
  expect(legible('a\nb')).toBe('a\nb');
  expect(onOneLine('a\nb')).toBe('a ⏎ b');
});

test('a cut leaves whole characters and says how long the text is', () => {
  expect(shortened('abc', 3)).toBe('abc');
  expect(shortened('abcd', 3)).toBe('abc… (4 characters)');
  expect(shortened('ab🗝️', 3)).toBe('ab… (5 characters)');
});

test.each([
  [0.4, '0 ms'],
  [999.4, '999 ms'],
  [1530, '1.5 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 0 s'],
  [62_480, '1 min 2 s'],
])('%d ms are told as %s', (ms, told) => {
  expect(duration(ms)).toBe(told);
});
