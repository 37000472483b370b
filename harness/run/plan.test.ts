import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SigningClient } from '../contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { UsageError } from '../errors.ts';
import { chanceFrom } from '../seed.ts';
import { adapterOf } from '../signer/adapter.fixture.ts';
import { SCOUT } from './clients.ts';
import { makePlan, plannedChecks, type GatePlan } from './plan.ts';
import { preconditions } from './preconditions.ts';
import { scenario, type ClientNeed, type Scenario } from './scenario.ts';

const adapter = adapterOf();

const oneCase = (
  id: string,
  clients: Readonly<Record<string, ClientNeed>>,
  change: Partial<Scenario<SigningClient>> = {},
): Scenario<SigningClient> =>
  scenario({ id, clause: 'replay/single-use', tags: [], clients, run: () => Promise.resolve(), ...change });

const planOf = (
  scenarios: readonly Scenario<SigningClient>[],
  wish: { checks?: readonly string[] | 'all'; requireMtls?: boolean } = {},
): Promise<GatePlan<SigningClient>> =>
  makePlan({ contract: signerAuthV1, adapter, scenarios, checks: 'all', chance: chanceFrom(7), ...wish });

const named = (id: string, registered: boolean): ClientNeed =>
  registered ? { id, allowed: ['current'] } : { id, spare: ['any'] };

describe('the clients of a topology', () => {
  test('are those of all its cases, with the scout before them', async () => {
    const plan = await planOf([
      oneCase('first', {
        one: { allowed: ['current', 'next'], spare: ['rogue'] },
        two: { allowed: ['only'] },
      }),
      oneCase('second', { one: { allowed: ['current'] }, stranger: { spare: ['any'] } }),
    ]);
    expect(plan.topologies.map(({ name }) => name)).toEqual(['usual']);
    for (const { state } of plan.topologies[0]!.replicas) {
      expect(state.clients.map(({ id, secrets }) => [id, secrets.map((secret) => secret.id)])).toEqual([
        [SCOUT, ['usual/keydrill-scout']],
        ['first.one', ['first/one/current', 'first/one/next']],
        ['first.two', ['first/two/only']],
        ['second.one', ['second/one/current']],
      ]);
    }
  });

  test('have secrets that nobody else has, and all of them are watched for', async () => {
    const plan = await planOf([
      oneCase('first', { one: { allowed: ['current'], spare: ['rogue'], secretPrefix: 'ключ-' } }),
      oneCase('second', { one: { allowed: ['current'] } }),
    ]);
    const clients = plan.cases.flatMap((each) => [...each.clients.values()]);
    const scout = plan.topologies[0]!.replicas[0]!.state.clients[0]!.secrets;
    const secrets = [...clients.flatMap((client) => Object.values(client.secrets)), ...scout];
    const texts = secrets.map((secret) => secret.reveal());
    expect(new Set(texts).size).toBe(4);
    for (const text of texts) expect(plan.canaries.search(text)).toHaveLength(1);
    expect(texts.filter((text) => text.startsWith('ключ-'))).toHaveLength(2);
    for (const text of texts) expect(text).toMatch(/^(ключ-)?[0-9a-f]{64}$/);
  });

  test('have the ids the case gives them, or one of the case’s own', async () => {
    const { cases } = await planOf([oneCase('case', { proto: named('__proto__', true), one: {} })]);
    const [proto, one] = [...cases[0]!.clients.values()];
    expect(proto).toMatchObject({ id: '__proto__' });
    expect(proto?.allowed?.map(({ id }) => id)).toEqual(['case/proto/current']);
    expect(one).toEqual({ id: 'case.one', secrets: {}, allowed: undefined });
  });
});

describe('a topology', () => {
  test('has two replicas that differ in their certificate and in nothing else', async () => {
    const plan = await planOf([oneCase('case', { one: { allowed: ['current'] } })]);
    const [topology] = plan.topologies;
    const [first, second] = topology!.replicas;
    expect([first?.name, second?.name]).toEqual(['replica-1', 'replica-2']);
    const { server: a, ...firstState } = first!.state;
    const { server: b, ...secondState } = second!.state;
    expect(firstState).toEqual(secondState);
    expect([a.id, b.id]).toEqual(['usual/replica-1', 'usual/replica-2']);
    expect(a.key.reveal()).not.toBe(b.key.reveal());
    const anchor = new X509Certificate(plan.credentials.trust[0]!.certificate);
    for (const { chain } of [a, b]) expect(new X509Certificate(chain).verify(anchor.publicKey)).toBe(true);
    for (const { key } of [a, b]) expect(topology?.redact(key.reveal())).toContain('[private key usual/');
  });

  test('has the limits of its cases', async () => {
    const { topologies, cases } = await planOf([
      oneCase('waits', { one: { allowed: ['current'] } }, { limits: 'short' }),
      oneCase('asks', { one: { allowed: ['current'] } }),
    ]);
    expect(topologies.map(({ name, replicas }) => [name, replicas[0]?.state.nonceTtlSeconds])).toEqual([
      ['usual', 120],
      ['short', 2],
    ]);
    expect(cases.map(({ topology }) => topology)).toEqual(['short', 'usual']);
    const clients = topologies.map(({ replicas }) => replicas[0]!.state.clients.map(({ id }) => id));
    expect(clients).toEqual([
      [SCOUT, 'asks.one'],
      [SCOUT, 'waits.one'],
    ]);
  });

  test('asks for client certificates unless it is told otherwise', async () => {
    const cases = [oneCase('case', { one: { allowed: ['current'] } })];
    const asks = async (wish: { requireMtls?: boolean }) =>
      (await planOf(cases, wish)).topologies[0]!.replicas.map(({ state }) => state.requireMtls);
    expect(await asks({})).toEqual([true, true]);
    expect(await asks({ requireMtls: false })).toEqual([false, false]);
  });
});

const topologiesOf = async (...cases: Scenario<SigningClient>[]): Promise<string[]> =>
  (await planOf(cases)).cases.map(({ topology }) => topology);

const naming = (
  id: string,
  registered: boolean,
  change: Partial<Scenario<SigningClient>> = {},
): Scenario<SigningClient> => oneCase(id, { proto: named('__proto__', registered) }, change);

describe('a client id that two cases name', () => {
  test('is met in one topology where neither registers it', async () => {
    const cases = ['a', 'b', 'c'].map((id) => naming(id, false));
    expect(await topologiesOf(...cases)).toEqual(['usual', 'usual', 'usual']);
  });

  test.each([
    [true, false],
    [false, true],
    [true, true],
  ])('takes two topologies where one registers it (%s, %s)', async (first, second) => {
    expect(await topologiesOf(naming('a', first), naming('b', second))).toEqual(['usual', 'usual-2']);
  });

  test('does not keep a third case out of the first topology that has room for it', async () => {
    const cases = [
      naming('registered', true),
      naming('stranger', false),
      naming('another', false),
      oneCase('ordinary', { one: { allowed: ['current'] } }),
    ];
    expect(await topologiesOf(...cases)).toEqual(['usual', 'usual-2', 'usual-2', 'usual']);
  });

  test('is no matter between topologies of different limits', async () => {
    const short = naming('waits', true, { limits: 'short' });
    expect(await topologiesOf(naming('asks', false), short)).toEqual(['usual', 'short']);
  });

  test('gives further topologies the limits of their kind', async () => {
    const cases = ['a', 'b'].map((id) => naming(id, true, { limits: 'short' }));
    const { topologies } = await planOf(cases);
    expect(topologies.map(({ replicas }) => replicas[0]?.state.nonceTtlSeconds)).toEqual([2, 2]);
  });
});

describe('what is planned', () => {
  const cases = [
    oneCase('first', { one: {} }, { judgedBy: ['one-of-each-race'] }),
    oneCase('second', { one: {} }, { clause: 'answers/codes' }),
  ];

  test('are preconditions first, then the cases in their order, then the checks, each once', async () => {
    const { planned } = await planOf(cases);
    expect(planned.map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      ...preconditions.map(({ id }) => `precondition ${id}`),
      'case first',
      'case second',
      ...plannedChecks(signerAuthV1, 'all').map(({ id }) => `check ${id}`),
    ]);
    const keys = planned.map(({ id, clause }) => `${id} ${clause}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('has the level of its clause and the checks of its case', async () => {
    const { planned } = await planOf(cases);
    expect(planned.find(({ id }) => id === 'first')).toMatchObject({
      level: 'must',
      judgedBy: ['one-of-each-race'],
    });
    expect(planned.find(({ id }) => id === 'second')).toMatchObject({ level: 'should', judgedBy: [] });
  });

  test('are only those checks that were asked for', async () => {
    const { planned } = await planOf(cases, { checks: ['refusals-alike'] });
    expect(planned.filter(({ kind }) => kind === 'check').map(({ id }) => id)).toEqual(['refusals-alike']);
    const without = await planOf(cases, { checks: [] });
    expect(without.planned.some(({ kind }) => kind === 'check')).toBe(false);
  });

  test('speaks for a clause that the contract has', async () => {
    const planned = planOf([oneCase('lost', { one: {} }, { clause: 'replay/no-such-clause' })]);
    await expect(planned).rejects.toThrow(UsageError);
    await expect(planned).rejects.toThrow(
      'Scenario lost speaks for clause replay/no-such-clause, which the contract does not have',
    );
  });
});

test('the checks speak for clauses of the contract, at their level', () => {
  expect(plannedChecks(signerAuthV1, 'all').map(({ id, clause, level }) => [id, clause, level])).toEqual([
    ['never-accepted-twice', 'replay/single-use', 'must'],
    ['nothing-disclosed', 'secrets/never-disclosed', 'must'],
    ['always-answered', 'answers/bounded', 'must'],
    ['refusals-alike', 'answers/tell-nothing', 'should'],
    ['refusals-use-the-contract-codes', 'answers/codes', 'should'],
    ['refusals-keep-the-envelope', 'answers/envelope', 'should'],
    ['successes-carry-the-body', 'answers/success-body', 'should'],
  ]);
});

const apart = (limits: 'usual' | 'short') => ({ limits, apart: true }) as const;

describe('cases that disturb for seconds', () => {
  const one = { one: { allowed: ['current'] } };

  test('have topologies for themselves, two of those with the usual limits', async () => {
    const plan = await planOf([
      oneCase('quiet', one),
      ...['first', 'second', 'third'].map((id) => oneCase(id, one, apart('usual'))),
      ...['fourth', 'fifth'].map((id) => oneCase(id, one, apart('short'))),
    ]);
    expect(plan.cases.map(({ scenario: { id }, topology }) => `${id} on ${topology}`)).toEqual([
      'quiet on usual',
      'first on usual-apart-1',
      'second on usual-apart-2',
      'third on usual-apart-1',
      'fourth on short-apart-1',
      'fifth on short-apart-1',
    ]);
    const limits = plan.topologies.map(({ name, replicas }) => [name, replicas[0]!.state.nonceTtlSeconds]);
    expect(Object.fromEntries(limits)).toEqual({
      usual: 120,
      'usual-apart-1': 120,
      'usual-apart-2': 120,
      'short-apart-1': 2,
    });
  });
});

test('a case about several clauses is planned once for each', async () => {
  const also = [{ clause: 'replay/shared', judgedBy: ['accepted-once'] }, { clause: 'ready/truthful' }];
  const plan = await planOf([oneCase('several', { one: { allowed: ['current'] } }, { also })]);
  const planned = plan.planned.filter(({ id }) => id === 'several');
  expect(planned.map(({ clause, level, judgedBy }) => [clause, level, judgedBy])).toEqual([
    ['replay/single-use', 'must', []],
    ['replay/shared', 'must', ['accepted-once']],
    ['ready/truthful', 'should', []],
  ]);
});
