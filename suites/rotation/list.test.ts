import { beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../harness/contract/contract.ts';
import { clauses } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { standingsOf } from '../../harness/run/drill/course.ts';
import type { Procedure, ServerName } from '../../harness/run/drill/procedure.ts';
import { plannedChecks } from '../../harness/run/plan.ts';
import { suites } from '../list.ts';
import { procedures } from './list.ts';
import { perfectWorld } from './perfect.fixture.ts';

type SignerProcedure = Procedure<SigningClient>;

const each = procedures.map((procedure) => [procedure.id, procedure] as const);
const called = (id: string): SignerProcedure => procedures.find((procedure) => procedure.id === id)!;
const twiceOver = (all: readonly string[]): string[] =>
  all.filter((one, index) => all.indexOf(one) !== index);
const serversOf = (one: SignerProcedure): Set<string> =>
  new Set(standingsOf(one).map(({ fleet }) => fleet.server));

describe('the list', () => {
  const ids = procedures.map(({ id }) => id);

  test('names each procedure, step and stream once, in words that can be typed', () => {
    expect(twiceOver(ids)).toEqual([]);
    for (const { id, steps, streams } of procedures) {
      const [inside, beside] = [steps, streams].map((all) => all.map((one) => one.id));
      expect([...twiceOver(inside!), ...twiceOver(beside!)], id).toEqual([]);
      for (const name of [id, ...inside!, ...beside!]) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  test('gives no procedure the name of a case, a check, a clause or a tag', async () => {
    const cases = await suites();
    const others = new Set([
      ...cases.map(({ id }) => id),
      ...[...cases, ...procedures].flatMap(({ tags }) => tags),
      ...plannedChecks(signerAuthV1, 'all').map(({ id }) => id),
      ...Object.keys(clauses),
    ]);
    expect(ids.filter((id) => others.has(id))).toEqual([]);
  });

  /** What the engine judges of a whole course, whatever its streams are. */
  const byTheCourse = ['rotation/server-certificate', 'rotation/replicas-agree', 'rollback/restores'];

  test('speaks for every clause on rotations and rollbacks that is not judged of a whole course', () => {
    const spokenFor = new Set<string>(
      procedures.flatMap(({ streams }) =>
        streams.flatMap((one) => [one.clauses.accepted, one.clauses.refused]),
      ),
    );
    const ours = Object.keys(clauses).filter((clause) => /^(rotation|rollback)\//.test(clause));
    expect(ours.filter((clause) => !spokenFor.has(clause))).toEqual(byTheCourse);
    expect([...spokenFor].filter((clause) => !(clause in clauses))).toEqual([]);
  });

  test('gives cause to judge those: some change server certificates', () => {
    expect(procedures.filter((one) => serversOf(one).size > 1)).not.toEqual([]);
  });
});

describe('where nothing is unknown', () => {
  let contradictions: Awaited<ReturnType<typeof perfectWorld>>;
  beforeAll(async () => {
    contradictions = await perfectWorld();
  });

  test.each(each)('%s says of every stream what the contract says', (_id, procedure) => {
    expect(contradictions(procedure)).toEqual([]);
  });

  test('a step that claims what is not so is found', () => {
    const { steps, ...rest } = called('hmac-secret-rotation');
    const [first, ...others] = steps;
    const after = { ...first!.after, 'current-kept': ['AUTH_INVALID_HMAC'] };
    expect(contradictions({ ...rest, steps: [{ ...first!, after }, ...others] })).toEqual([
      {
        step: 'allow-next',
        stream: 'current-kept',
        when: 'after',
        claimed: ['AUTH_INVALID_HMAC'],
        right: [ACCEPTED],
      },
    ]);
  });

  test('a step that does not do what it claims is found, there and on the way back', () => {
    const { steps, ...rest } = called('trust-bundle-rotation');
    const idle = steps.map((step) =>
      step.id === 'replicas-drop-old' ? { ...step, fleet: undefined } : step,
    );
    const found = contradictions({ ...rest, steps: idle as SignerProcedure['steps'] });
    expect(new Set(found.map(({ step }) => step))).toEqual(
      new Set(['replicas-drop-old', 'clients-drop-old']),
    );
    expect(new Set(found.map(({ when }) => when))).toEqual(new Set(['during', 'after']));
  });

  test('a claim that was forgotten is found, and so is one of a stream that there is not', () => {
    const { steps, ...rest } = called('emergency-removal');
    const { 'honest-kept': _forgotten, ...others } = steps[0]!.after;
    const after = { ...others, 'stranger-kept': [ACCEPTED] };
    const found = contradictions({ ...rest, steps: [{ ...steps[0]!, after }] });
    expect(found.map(({ stream }) => stream)).toEqual(['honest-kept', 'stranger-kept']);
  });
});

test.each(each)('%s serves honest clients after every step', (_id, { streams, steps }) => {
  const served = streams.filter(({ honest }) => honest);
  expect(served).not.toEqual([]);
  for (const { id, after } of steps)
    for (const stream of served) expect(after[stream.id], `${stream.id} after ${id}`).toEqual([ACCEPTED]);
});

test.each(each)('%s calls it a fault of the rotation where a change is missed', (_id, { steps, streams }) => {
  for (const { id, during, after } of steps) {
    const changing = streams.filter(
      (one) => during[one.id]!.length > 1 && during[one.id]!.includes(ACCEPTED),
    );
    for (const { id: stream, clauses: broken } of changing) {
      const missed = after[stream]!.includes(ACCEPTED) ? broken.refused : broken.accepted;
      expect(missed, `${stream} at ${id}`).toMatch(/^rotation\//);
    }
  }
});

test.each(each)('%s changes something with each step, and can go back to where it was', (_id, procedure) => {
  const standings = standingsOf({ ...procedure, start: frozen(structuredClone(procedure.start)) });
  expect(standings[0]).toEqual(procedure.start);
  for (const [index, step] of procedure.steps.entries()) {
    const before = frozen(structuredClone(standings[index]!));
    const after = {
      fleet: step.fleet?.(before.fleet) ?? before.fleet,
      use: step.use?.(before.use) ?? before.use,
    };
    expect(after, step.id).not.toEqual(before);
    expect(after, step.id).toEqual(standings[index + 1]);
  }
});

test.each(each)('in %s no client meets a server that it does not believe', (_id, procedure) => {
  const standings = standingsOf(procedure);
  for (const [index, { use, fleet }] of standings.entries()) {
    // Clients change first on the way there, replicas first on the way back.
    const met = [standings[index - 1]?.fleet ?? fleet, fleet].map(({ server }) => AUTHORITY_OF[server]);
    expect(use.trust, procedure.steps[index - 1]?.id ?? 'at first').toEqual(expect.arrayContaining(met));
  }
});

test.each(each)('%s sends no more than two cores can carry', (_id, { streams }) => {
  const perSecond = (way: string): number =>
    streams
      .filter(({ on }) => (on as readonly string[]).includes(way))
      .reduce((sum, { perSecond: rate, to }) => sum + rate * (to.includes('balancer') ? 3 : 2), 0);
  const [kept, fresh, resumed] = ['kept', 'fresh', 'resumed'].map(perSecond);
  expect(kept! + fresh! + resumed!).toBeLessThanOrEqual(150);
  expect(fresh! + resumed!).toBeLessThanOrEqual(36);
  expect(fresh!, 'fresh connections').toBeGreaterThan(0);
});

const AUTHORITY_OF: Readonly<Record<ServerName, string>> = {
  old: 'old',
  renewed: 'old',
  'renewed-again': 'old',
  next: 'next',
  third: 'third',
  namesake: 'namesake',
};

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) frozen(part as object);
  return Object.freeze(value);
}
