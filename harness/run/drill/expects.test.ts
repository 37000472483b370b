import { describe, expect, test } from 'vitest';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import { adapterOf, stateOf } from '../../signer/adapter.fixture.ts';
import { Canaries } from '../canaries.ts';
import { clientsOf, entriesOf } from '../clients.ts';
import { makeDrillCredentials } from '../credentials.ts';
import type { TopologyPlan } from '../environment.ts';
import { clausesDecided, mustBe, type Foresight } from './expects.ts';
import type { Fleet, Standing, StreamPlan, Use } from './procedure.ts';

const credentials = await makeDrillCredentials(['secrets/replica-1']);
const clients = clientsOf(
  { id: 'rotation', clients: { one: { allowed: ['current'], spare: ['next', 'rogue'] } } },
  new Canaries(),
);
const state = { ...stateOf(), clients: entriesOf(clients.values()) };
const foresight: Foresight<SigningClient> = {
  contract: signerAuthV1,
  adapter: adapterOf(),
  credentials,
  clients,
  topology: {
    name: 'secrets',
    replicas: [{ name: 'replica-1', state }],
  } as unknown as TopologyPlan,
};

const standing = (fleet: Partial<Fleet> = {}, use: Partial<Use> = {}): Standing => ({
  fleet: { secrets: { one: ['current'] }, trust: ['old'], server: 'old', ...fleet },
  use: { secrets: { one: 'current' }, identity: 'valid', trust: ['old'], ...use },
});

const stream = (change: Partial<StreamPlan<SigningClient>> = {}): StreamPlan<SigningClient> => ({
  id: 'honest',
  credential: 'honest clients',
  client: 'one',
  identity: 'in-use',
  to: ['replicas'],
  on: ['kept'],
  perSecond: 1,
  honest: true,
  clauses: { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' },
  makes: (client, { secret }) => client.signs({ with: secret }),
  ...change,
});

const signedWith = (secret: string) => stream({ makes: (client) => client.signs({ with: secret }) });

describe('Before anything runs it is known that', () => {
  const cases: readonly (readonly [
    what: string,
    must: ReturnType<typeof mustBe>,
    stream: StreamPlan<SigningClient>,
    standing: Standing,
  ])[] = [
    ['an allowed secret must be let in', 'accepted', stream(), standing()],
    ['one that is not yet allowed must not', 'refused', signedWith('next'), standing()],
    [
      'both must be in the overlap',
      'accepted',
      signedWith('current'),
      standing({ secrets: { one: ['next', 'current'] } }),
    ],
    [
      'honest clients sign with what is in use',
      'refused',
      stream(),
      standing({}, { secrets: { one: 'next' } }),
    ],
    [
      'a certificate of an authority that is not trusted must not',
      'refused',
      stream({ identity: 'next' }),
      standing(),
    ],
    [
      'one of an authority that is trusted by then must be',
      'accepted',
      stream({ identity: 'next' }),
      standing({ trust: ['old', 'next'] }),
    ],
    ['nobody without a certificate is', 'refused', stream({ identity: 'none' }), standing()],
    [
      'a spent nonce must not be let in',
      'refused',
      stream({ makes: (client, { spentNonce }) => client.signs({ nonce: spentNonce()! }) }),
      standing(),
    ],
    [
      'one whose time is over must be',
      'accepted',
      stream({ makes: (client, { expiredNonce }) => client.signs({ nonce: expiredNonce()! }) }),
      standing(),
    ],
    ['a request that cannot be made shows nothing', 'either', stream({ makes: () => undefined }), standing()],
  ];

  test.each(cases)('%s', (_what, must, plan, where) => {
    expect(mustBe(plan, where, foresight)).toBe(must);
  });
});

test('A stream decides the clause it would break: by being let in, by being refused, or one after the other', () => {
  const next = {
    ...signedWith('next'),
    clauses: { accepted: 'secrets/others-refused', refused: 'rotation/overlap' },
  };
  const decided = (...standings: Standing[]) => clausesDecided([next], standings, foresight);
  const both = standing({ secrets: { one: ['current', 'next'] } });
  expect(decided(standing())).toEqual(new Set(['secrets/others-refused']));
  expect(decided(both)).toEqual(new Set(['rotation/overlap']));
  expect(decided(standing(), both)).toEqual(new Set(['secrets/others-refused', 'rotation/overlap']));
});

test('A stream of a client that the procedure does not have is a mistake', () => {
  expect(() => mustBe(stream({ client: 'two' }), standing(), foresight)).toThrow('no client "two"');
});
