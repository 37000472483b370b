import { expect, test } from 'vitest';
import { FrameCutter, type Grammar, REPLIES, REQUESTS } from './frames.ts';
import { wordsOf } from './request.ts';

/** The frames of a text that comes byte by byte, and what is left at its end. */
function framesOf(grammar: Grammar, text: string): string[] {
  const cutter = new FrameCutter(grammar);
  const frames: string[] = [];
  let open = '';
  for (const byte of Buffer.from(text, 'latin1')) {
    for (const { bytes, ends } of cutter.cut(Buffer.of(byte))) {
      open += bytes.toString('latin1');
      if (!ends) continue;
      frames.push(open);
      open = '';
    }
  }
  return [...frames, open];
}

test.each([
  ['a status', '+OK\r\n'],
  ['an error', "-ERR Can't\r\n"],
  ['a number', ':-12\r\n'],
  ['a string of lines', '$6\r\n+a\r\n$3\r\n'],
  ['an empty string', '$0\r\n\r\n'],
  ['no string', '$-1\r\n'],
  ['no array', '*-1\r\n'],
  ['an empty array', '*0\r\n'],
  ['arrays in arrays', '*3\r\n*2\r\n:1\r\n*0\r\n$-1\r\n*1\r\n$2\r\n\r\n\r\n'],
  ['a map', '%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n:1\r\n~1\r\n:2\r\n'],
  ['an empty map', '%0\r\n'],
  ['a set', '~2\r\n+a\r\n+b\r\n'],
  ['a push', '>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n'],
  ['null, yes, a double and a big number', '*4\r\n_\r\n#t\r\n,1.5e3\r\n(12345678901234567890\r\n'],
  ['a verbatim string and a long error', '*2\r\n=8\r\ntxt:\r\n\r\n\r\n!5\r\nERR x\r\n'],
  ['attributes before what they belong to', '|1\r\n+ttl\r\n:3600\r\n*2\r\n|1\r\n+a\r\n:1\r\n:1\r\n:2\r\n'],
])('a reply that is %s is one frame', (_, reply) => {
  expect(framesOf(REPLIES, reply + reply + reply.slice(0, -1))).toEqual([reply, reply, reply.slice(0, -1)]);
});

test.each([
  ['an array of strings', '*2\r\n$4\r\nEC\r\n\r\n$3\r\n*1\r\r\n', ['EC\r\n', '*1\r']],
  ['a line', 'SET  key  1\r\n', ['SET', 'key', '1']],
  ['a line without a return', 'PING\n', ['PING']],
  ['a line with quotes', `ECHO "a \\"b\\"" 'c d' ""\r\n`, ['ECHO', 'a \\"b\\"', 'c d', '']],
  ['an empty line', '\r\n', []],
  ['an empty array', '*0\r\n', []],
  ['no array', '*-1\r\n', []],
])('a request that is %s is one frame', (_, sent, words) => {
  expect(framesOf(REQUESTS, sent + sent + sent.slice(0, -1))).toEqual([sent, sent, sent.slice(0, -1)]);
  expect(wordsOf(Buffer.from(sent)).map(String)).toEqual(words);
});

test.each([
  ['a number that is none', '*x\r\n'],
  ['a number with a plus', '*+1\r\n'],
  ['a line without a return', '*1\n'],
  ['no string in an array', '*1\r\n+PING\r\n'],
  ['a string of negative length', '*1\r\n$-1\r\n'],
  ['a string too long', '*1\r\n$536870913\r\n'],
  ['more words than can be', '*2147483648\r\n'],
  ['a line without an end', `PING ${' '.repeat(64 * 1024)}`],
])('from %s on, requests go on as they come', (_, noise) => {
  const cutter = new FrameCutter(REQUESTS);
  expect([...cutter.cut(Buffer.from('PING\r\n'))].map(({ sign }) => sign)).toEqual(['P']);
  const pieces = [...cutter.cut(Buffer.from(noise)), ...cutter.cut(Buffer.from('PING\r\n'))];
  expect(pieces.map(({ sign, ends }) => ({ sign, ends }))).toEqual([
    { sign: '', ends: true },
    { sign: '', ends: true },
  ]);
  expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString()).toBe(`${noise}PING\r\n`);
});
