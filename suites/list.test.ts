import { beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED } from '../harness/contract/contract.ts';
import { clauses } from '../harness/contract/signer-auth-v1/clauses.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { refusals, refusedAfterAuthentication } from '../harness/contract/signer-auth-v1/verdicts.ts';
import { caseChecks } from '../harness/judge/checks/list.ts';
import { plannedChecks } from '../harness/run/plan.ts';
import { suites } from './list.ts';
import { perfectly } from './stage.fixture.ts';

const scenarios = await suites();
const ids = scenarios.map(({ id }) => id);

let played: Awaited<ReturnType<typeof perfectly>>;
beforeAll(async () => {
  played = await perfectly(scenarios);
});

describe('the list', () => {
  test('names each case once, in words that can be typed', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+([-_][a-z0-9]+)*$/);
  });

  test('gives no case the name of a check, a clause or a tag', () => {
    const others = new Set([
      ...plannedChecks(signerAuthV1, 'all').map(({ id }) => id),
      ...Object.keys(clauses),
      ...scenarios.flatMap(({ tags }) => tags),
    ]);
    expect(ids.filter((id) => others.has(id))).toEqual([]);
  });

  test('holds cases whose clause the contract has, and whose checks the judge knows', () => {
    const checks = caseChecks.map(({ name }) => name);
    for (const { id, clause, judgedBy = [] } of scenarios) {
      expect(Object.keys(clauses), id).toContain(clause);
      expect(checks, id).toEqual(expect.arrayContaining([...judgedBy]));
    }
  });

  test('speaks for every clause of the contract that does not need a rotation', () => {
    const spokenFor = new Set<string>([
      ...scenarios.map(({ clause }) => clause),
      ...plannedChecks(signerAuthV1, 'all').map(({ clause }) => clause),
    ]);
    const atRest = Object.keys(clauses).filter((clause) => !/^(rotation|rollback)\//.test(clause));
    expect(atRest.filter((clause) => !spokenFor.has(clause))).toEqual([]);
  });

  test('is the same each time it is asked for', async () => {
    expect((await suites()).map(({ id }) => id)).toEqual(ids);
  });
});

const besides: ReadonlySet<string> = new Set([
  'MALFORMED_REQUEST',
  'NOT_SERVED',
  ...refusedAfterAuthentication,
]);

describe('where nothing is unknown', () => {
  test.each(ids)('%s claims what the contract says', async (id) => {
    for (const { label, claim, right } of await played(id)) {
      if (claim === null) continue;
      const verdicts: readonly string[] = [ACCEPTED, ...refusals];
      expect(verdicts, label).toEqual(expect.arrayContaining([...claim]));
      expect(right.includes(ACCEPTED), label).toBe(claim.includes(ACCEPTED));
      // What a signer may say before it judges a request, or after, leaves a case in doubt and fails nobody.
      const judged = right.filter((verdict) => !besides.has(verdict));
      expect(claim, label).toEqual(expect.arrayContaining(judged));
      expect(judged.length, label).toBeGreaterThan(0);
    }
  });

  test.each(ids)('%s rests on requests that are decided', async (id) => {
    const sent = await played(id);
    expect(sent.length).toBeGreaterThan(0);
    for (const { label, claim, right } of sent) {
      if (claim === null && right.includes(ACCEPTED)) expect(right, label).toEqual([ACCEPTED]);
    }
  });

  test('a case claims something, or is judged by a check of its own', async () => {
    for (const { id, judgedBy = [] } of scenarios) {
      const claims = (await played(id)).filter(({ claim }) => claim !== null);
      expect(claims.length + judgedBy.length, id).toBeGreaterThan(0);
    }
  });
});

test('an attempt made again is not in the way of the one before', async () => {
  for (const id of ids) {
    const sent = await played(id, 3);
    const undecided = sent.filter(
      ({ claim, right }) => claim?.some((each) => right.includes(each)) === false,
    );
    expect(undecided, id).toEqual([]);
  }
});
