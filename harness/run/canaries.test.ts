import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../signer/secret.ts';
import { Canaries } from './canaries.ts';

// With everything that one of the forms writes differently: quotes, blanks, a letter outside ASCII.
const odd = `ключ "é" \\ ?>?>?>?> ${randomBytes(24).toString('base64')}`;
const plain = randomBytes(32).toString('hex');
const bytes = Buffer.from(odd);

const watching = (...values: readonly string[]): Canaries => {
  const canaries = new Canaries();
  for (const [index, value] of values.entries()) canaries.watch(new Secret(`client/${index + 1}`, value));
  return canaries;
};

const forms: readonly [form: string, text: string][] = [
  ['as it is', odd],
  ['JSON', JSON.stringify({ secret: odd })],
  ['URL', `/?key=${encodeURIComponent(odd)}&x=1`],
  ['hex', bytes.toString('hex')],
  ['hex', bytes.toString('hex').toUpperCase()],
  ['base64', bytes.toString('base64')],
  ['base64', bytes.toString('base64').replaceAll('=', '')],
  ['base64url', bytes.toString('base64url')],
];

describe('a secret', () => {
  test.each(forms)('is found %s', (form, text) => {
    const [leak] = watching(odd).search(`configured with ${text}, started`);
    expect(leak).toMatchObject({ what: 'secret client/1', form });
  });

  test.each(forms)('is taken out of a text %s, and named', (_form, text) => {
    const redacted = watching(odd).redact(`configured with ${text}, started`);
    expect(redacted).toMatch(/^configured with .*\[secret client\/1\].*, started$/);
    for (const [, each] of forms) expect(redacted).not.toContain(each);
    expect(watching(odd).search(redacted)).toEqual([]);
  });

  test('is found in every place where it stands', () => {
    const text = `${plain} and ${plain}\n${Buffer.from(plain).toString('base64')}`;
    expect(
      watching(plain)
        .search(text)
        .map(({ form }) => form),
    ).toEqual(['as it is', 'as it is', 'base64']);
    expect(watching(plain).redact(text)).toBe(
      '[secret client/1] and [secret client/1]\n[secret client/1]' + '='.repeat((3 - (plain.length % 3)) % 3),
    );
  });

  test('that nobody watches is not found, nor is a part of one', () => {
    const text = `${randomBytes(32).toString('hex')} ${plain.slice(0, 60)} ${plain.slice(4)}`;
    expect(watching(plain).search(text)).toEqual([]);
    expect(watching(plain).redact(text)).toBe(text);
    expect(new Canaries().search(text)).toEqual([]);
  });

  test('is found in a log of any length', () => {
    const chatter = 'a request was refused for want of a certificate\n'.repeat(60_000);
    const canaries = watching(plain);
    expect(canaries.search(chatter)).toEqual([]);
    expect(canaries.search(`${chatter}${plain}${chatter}`)).toHaveLength(1);
  });
});

describe('what stands around a find', () => {
  test('is shown on one line, without the find itself', () => {
    const [leak] = watching(plain).search(`starting\n  with key=${plain}\n  and nothing else`);
    expect(leak?.context).toBe('starting with key=[secret client/1] and nothing else');
  });

  test('shows no more than a little of it', () => {
    const [leak] = watching(plain).search(`${'x'.repeat(500)} ${plain} ${'y'.repeat(500)}`);
    expect(leak?.context.length).toBeLessThan(120);
  });

  test('never holds a part of another secret', () => {
    const others = Array.from({ length: 12 }, () => randomBytes(32).toString('hex'));
    const text = JSON.stringify({ hmacSecrets: others });
    const leaks = watching(...others).search(text);
    expect(leaks).toHaveLength(12);
    for (const { context } of leaks) {
      for (const other of others) {
        for (let at = 0; at + 8 <= other.length; at += 1)
          expect(context).not.toContain(other.slice(at, at + 8));
      }
    }
  });
});

describe('a right signature', () => {
  const signature = randomBytes(32).toString('hex');
  const base64 = Buffer.from(signature, 'hex').toString('base64');
  const canaries = new Canaries();
  canaries.watchSignature(signature, 'a right signature of some-case');

  test.each([
    ['alone', signature],
    ['in upper case', signature.toUpperCase()],
    ['within a longer run of hex', `00ff${signature}abcdef`],
    ['right after another digest', `${'ab'.repeat(32)}${signature}`],
  ])('is found as hex %s', (_where, text) => {
    expect(canaries.search(`expected ${text}.`)).toMatchObject([
      { what: 'a right signature of some-case', form: 'hex' },
    ]);
    expect(canaries.redact(`expected ${text}.`)).toContain('[a right signature of some-case]');
    expect(canaries.redact(`expected ${text}.`).toLowerCase()).not.toContain(signature);
  });

  test.each([
    ['alone', base64],
    ['without padding', base64.replace('=', '')],
    ['for URLs', Buffer.from(signature, 'hex').toString('base64url')],
    ['after a prefix', `sha256-${base64}`],
    ['within a path', `/verify/${base64.replace('=', '')}/x`],
  ])('is found as base64 %s', (_where, text) => {
    expect(canaries.search(`expected ${text}.`)).toMatchObject([
      { what: 'a right signature of some-case', form: 'base64' },
    ]);
    expect(canaries.search(canaries.redact(`expected ${text}.`))).toEqual([]);
  });

  test('that would be wrong is not found', () => {
    expect(canaries.search(`expected ${'0123456789abcdef'.repeat(4)} and ${'Ab0_'.repeat(20)}`)).toEqual([]);
  });
});

describe('a private key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const canaries = new Canaries();
  canaries.watchKey(new Secret('server-1/key', pem));

  test.each([
    ['as a file', pem],
    ['in JSON', JSON.stringify({ key: pem })],
    ['indented', pem.replaceAll('\n', '\n    ')],
    ['on one line', pem.replaceAll('\n', '')],
  ])('is found %s', (_how, text) => {
    expect(canaries.search(text)).toMatchObject([{ what: 'private key server-1/key', form: 'PEM' }]);
    const redacted = canaries.redact(text);
    expect(redacted).toContain('[private key server-1/key]');
    for (const line of pem.trim().split('\n')) expect(redacted).not.toContain(line);
  });

  test('that nobody watches is taken out of a text too', () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const text = `a ${other.export({ type: 'pkcs1', format: 'pem' }).toString().trim()} b`;
    expect(canaries.redact(text)).toBe('a [a private key] b');
  });

  test('its public half is no leak', () => {
    const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(canaries.search(spki.export({ type: 'spki', format: 'pem' }).toString())).toEqual([]);
  });
});

test('the count says how much was looked for', () => {
  const canaries = new Canaries();
  expect(canaries.count).toBe(0);
  canaries.watch(new Secret('a', plain));
  const forSecret = canaries.count;
  expect(forSecret).toBeGreaterThan(2);
  canaries.watchSignature('ab'.repeat(32), 'a right signature');
  canaries.watchSignature('AB'.repeat(32), 'a right signature');
  expect(canaries.count).toBe(forSecret + 1);
});
