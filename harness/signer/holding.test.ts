import { expect, test } from 'vitest';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { keyPem, stateOf } from './adapter.fixture.ts';
import { holdingOf } from './holding.ts';

test('a holding names what a replica was given, and gives none of it away', () => {
  const holding = holdingOf(stateOf());
  expect(holding).toEqual({
    clients: [
      ['__proto__', ['proto/current']],
      ['two "quoted"', ['two/current', 'two/next']],
    ],
    clientTrust: ['old', 'next'],
    requireMtls: true,
    timestampMaxAgeMs: 60_000,
    nonceTtlSeconds: 120,
    server: 'usual/replica-1',
    storeNamespace: '3:usual:nonce:',
  });
  const written = JSON.stringify(holding);
  expect(written).not.toContain('public-test');
  expect(written).not.toContain(keyPem.split('\n')[1]);
});

test('it is what the contract takes for one, also after it was written down', () => {
  const holding = holdingOf(stateOf());
  expect(signerAuthV1.holding.parse(JSON.parse(JSON.stringify(holding)))).toEqual(holding);
});

test('two replicas share their spent nonces where database and prefix are the same', () => {
  const { store } = stateOf();
  const namespace = (change: Partial<typeof store>) =>
    holdingOf(stateOf({ store: { ...store, ...change } })).storeNamespace;
  expect(namespace({ port: 1 })).toBe(namespace({}));
  expect(namespace({ database: 4 })).not.toBe(namespace({}));
  expect(namespace({ keyPrefix: 'other:' })).not.toBe(namespace({}));
});
