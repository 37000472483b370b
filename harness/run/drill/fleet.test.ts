import { describe, expect, test } from 'vitest';
import { stateOf } from '../../signer/adapter.fixture.ts';
import { Canaries } from '../canaries.ts';
import { clientsOf, entriesOf } from '../clients.ts';
import { makeDrillCredentials } from '../credentials.ts';
import { configured } from './fleet.ts';
import type { Fleet } from './procedure.ts';

const of = 'secrets/replica-1';
const credentials = await makeDrillCredentials([of, 'secrets/replica-2']);
const clients = clientsOf(
  { id: 'rotation', clients: { one: { allowed: ['current'], spare: ['next'] }, two: { allowed: ['only'] } } },
  new Canaries(),
);
const before = { ...stateOf(), clients: [...stateOf().clients, ...entriesOf(clients.values())] };

const fleet = (change: Partial<Fleet> = {}): Fleet => ({
  secrets: { one: ['next', 'current'] },
  trust: ['next', 'old'],
  server: 'renewed',
  ...change,
});

const after = (change?: Partial<Fleet>) => configured(before, fleet(change), { of, clients, credentials });

test('A client of the fleet is allowed the secrets it names, in their order, and everybody else what he was', () => {
  const allowed = after().clients.map(({ id, secrets }) => [id, secrets.map((secret) => secret.id)]);
  expect(allowed).toEqual([
    ['__proto__', ['proto/current']],
    ['two "quoted"', ['two/current', 'two/next']],
    ['rotation.one', ['rotation/one/next', 'rotation/one/current']],
    ['rotation.two', ['rotation/two/only']],
  ]);
});

test('The replica shows its own certificate of that name and trusts the bundle in its order', () => {
  const { server, clientTrust } = after();
  expect(server.id).toBe(`${of}/renewed`);
  expect(clientTrust.map(({ id }) => id)).toEqual(['next', 'old']);
});

test('Whatever a fleet does not speak of stays as it was', () => {
  const { clients: _, server: __, clientTrust: ___, ...rest } = after();
  expect(before).toMatchObject(rest);
  expect(Object.keys(rest).toSorted()).toEqual([
    'nonceTtlSeconds',
    'requireMtls',
    'store',
    'timestampMaxAgeMs',
  ]);
});

describe('A name that nothing was made for is told', () => {
  test.each([
    ['client', { secrets: { three: ['current'] } }, '"three"'],
    ['secret', { secrets: { one: ['third'] } }, '"third"'],
    ['secret that every object has', { secrets: { one: ['constructor'] } }, '"constructor"'],
  ])('%s', (_what, change, told) => {
    expect(() => after(change)).toThrow(told);
  });
});
