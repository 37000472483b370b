import { generateKeyPairSync } from 'node:crypto';
import { adapterSchema, type Adapter, type AdapterInput } from './adapter.ts';
import type { DesiredState } from './desired-state.ts';
import type { Place } from './launch.ts';
import { Secret } from './secret.ts';

/** An adapter as if it had been read from a file in this directory. */
export const adapterOf = (change: Partial<AdapterInput> = {}): Adapter => ({
  ...adapterSchema.parse({ name: 'made up', start: { command: ['signer'] }, ...change }),
  directory: '/adapters/made-up',
  path: '/adapters/made-up/adapter.yaml',
});

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** What a replica may be asked to be, with clients whose names mean something to a programming language. */
export const stateOf = (change: Partial<DesiredState> = {}): DesiredState => ({
  clients: [
    { id: '__proto__', secrets: [new Secret('proto/current', 'public-test-proto')] },
    {
      id: 'two "quoted"',
      secrets: [new Secret('two/current', 'public-test-1'), new Secret('two/next', 'public-test-{port}')],
    },
  ],
  server: { id: 'usual/replica-1', chain: 'CHAIN\n', key: new Secret('usual/replica-1/key', keyPem) },
  clientTrust: [
    { id: 'old', certificate: 'OLD CA\n' },
    { id: 'next', certificate: 'NEXT CA' },
  ],
  requireMtls: true,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
  store: { host: '127.0.0.1', port: 6390, database: 3, keyPrefix: 'usual:nonce:' },
  ...change,
});

export const place: Place = {
  replica: 'replica-1',
  host: '127.0.0.1',
  port: 8443,
  workDirectory: '/work-directory/replica-1',
  node: '/usr/bin/node',
};
