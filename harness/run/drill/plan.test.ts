import { describe, expect, test } from 'vitest';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import { IF_MET } from '../../judge/traffic/procedure.ts';
import { chanceFrom } from '../../seed.ts';
import { adapterOf } from '../../signer/adapter.fixture.ts';
import { makeDrillPlan, type DrillPlan } from './plan.ts';
import { allowing, start, step } from './procedure.fixture.ts';
import type { Procedure, StreamPlan } from './procedure.ts';

const stream = (
  secret: string,
  clauses: StreamPlan<SigningClient>['clauses'],
): StreamPlan<SigningClient> => ({
  id: secret,
  credential: `${secret} secret`,
  client: 'one',
  identity: 'in-use',
  to: ['replicas'],
  on: ['kept'],
  perSecond: 1,
  honest: false,
  clauses,
  makes: (client) => client.signs({ with: secret }),
});

const procedure = (change: Partial<Procedure<SigningClient>> = {}): Procedure<SigningClient> => ({
  id: 'rotation',
  sentence: 'Something is rotated.',
  tags: [],
  clients: { one: { allowed: ['current'], spare: ['next'] } },
  start,
  steps: [step('allow-next', { fleet: allowing('current', 'next') })],
  streams: [stream('next', { accepted: 'secrets/others-refused', refused: 'rotation/overlap' })],
  ...change,
});

const planOf = (
  procedures: readonly Procedure<SigningClient>[],
  wish: { courses?: readonly string[]; adapter?: Parameters<typeof adapterOf>[0] } = {},
): Promise<DrillPlan<SigningClient>> =>
  makeDrillPlan({
    contract: signerAuthV1,
    adapter: adapterOf(wish.adapter),
    procedures,
    courses: wish.courses ?? 'all',
    checks: [],
    chance: chanceFrom(7),
  });

const TO_THE_END = 'rotation.to-the-end';
const BACK = 'rotation.back-at-once-after-allow-next';

const plannedOf = ({ planned }: DrillPlan<SigningClient>, course: string) =>
  planned.filter(({ id }) => id === course);

/** The clauses of a course that are judged whatever its requests come to. */
const certainOf = (plan: DrillPlan<SigningClient>, course: string): string[] =>
  plannedOf(plan, course)
    .filter(({ judgedBy }) => !judgedBy.includes(IF_MET))
    .map(({ clause }) => clause)
    .toSorted();

describe('Procedures stand on the topology', () => {
  const renewal = step('renew', { fleet: (fleet) => ({ ...fleet, server: 'renewed' }) });
  test.each([
    ['of secrets, where they change nothing else', procedure(), 'secrets'],
    ['of certificates, where replicas show another one', procedure({ steps: [renewal] }), 'certificates'],
    [
      'of certificates, where clients do',
      procedure({
        steps: [{ ...renewal, fleet: (fleet) => fleet, use: (use) => ({ ...use, identity: 'next' }) }],
      }),
      'certificates',
    ],
    ['with short limits, where a time to live is waited out', procedure({ limits: 'short' }), 'short'],
  ])('%s', async (_what, one, name) => {
    const { topologies, courses } = await planOf([one]);
    expect(topologies.map((topology) => topology.name)).toEqual([name]);
    expect(new Set(courses.map(({ topology }) => topology))).toEqual(new Set([name]));
  });

  test('with the clients of all of them, and the limits that it is called after', async () => {
    const { topologies } = await planOf([
      procedure(),
      procedure({ id: 'another' }),
      procedure({ id: 'waiting', limits: 'short' }),
    ]);
    const [secrets, short] = topologies.map(({ replicas }) => replicas[0]!.state);
    expect(secrets!.clients.map(({ id }) => id)).toEqual(['keydrill-scout', 'rotation.one', 'another.one']);
    expect(short!.nonceTtlSeconds).toBeLessThan(secrets!.nonceTtlSeconds);
  });
});

describe('A course is judged', () => {
  test('to the end: by what its streams must come to decide somewhere on the way', async () => {
    const plan = await planOf([procedure()], { courses: [TO_THE_END] });
    expect(certainOf(plan, TO_THE_END)).toEqual([
      'rotation/overlap',
      'rotation/replicas-agree',
      'secrets/others-refused',
    ]);
  });

  test('and back: by what they must decide where it began, and by whether that is as it was', async () => {
    const plan = await planOf([procedure()], { courses: [BACK] });
    expect(certainOf(plan, BACK)).toEqual([
      'rollback/restores',
      'rotation/replicas-agree',
      'secrets/others-refused',
    ]);
  });

  test('by which certificate is shown, where that changes', async () => {
    const plan = await planOf([
      procedure({ steps: [step('renew', { fleet: (fleet) => ({ ...fleet, server: 'renewed' }) })] }),
    ]);
    expect(certainOf(plan, TO_THE_END)).toContain('rotation/server-certificate');
    expect(certainOf(await planOf([procedure()]), TO_THE_END)).not.toContain('rotation/server-certificate');
  });

  test('once for each clause, and by a replica that is lost only where one is', async () => {
    const planned = plannedOf(await planOf([procedure()]), TO_THE_END);
    expect(new Set(planned.map(({ clause }) => clause)).size).toBe(planned.length);
    expect(planned.find(({ clause }) => clause === 'rotation/every-change')?.judgedBy).toEqual([IF_MET]);
  });
});

test('Of a signer that says it holds one secret it is told what that costs, and nothing is let off', async () => {
  const one = await planOf([procedure()], { adapter: { secretsPerClient: 1 } });
  const remarked = one.planned.filter(({ remark }) => remark !== undefined);
  expect(new Set(remarked.map(({ clause }) => clause))).toEqual(new Set(['rotation/overlap']));
  expect(remarked[0]!.remark).toContain('downtime');
  const usual = await planOf([procedure()]);
  expect(one.planned.map((planned) => ({ ...planned, remark: undefined }))).toEqual(usual.planned);
});

test('Only the courses that are named are walked', async () => {
  const plan = await planOf([procedure()], { courses: [BACK] });
  expect(plan.courses.map(({ course }) => course.id)).toEqual([BACK]);
  expect(plannedOf(plan, TO_THE_END)).toEqual([]);
});

test('A clause that the contract does not have is a mistake of the procedure', async () => {
  const unheard = [stream('next', { accepted: 'rotation/unheard-of', refused: 'rotation/overlap' })];
  await expect(planOf([procedure({ streams: unheard })])).rejects.toThrow(
    'Procedure rotation speaks for clause rotation/unheard-of',
  );
});
