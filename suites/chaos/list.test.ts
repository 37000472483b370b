import { beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../harness/contract/contract.ts';
import { clauses } from '../../harness/contract/signer-auth-v1/clauses.ts';
import { refusals } from '../../harness/contract/signer-auth-v1/verdicts.ts';
import { faults } from '../../harness/faults/list.ts';
import { caseChecks } from '../../harness/judge/checks/list.ts';
import { suites } from '../list.ts';
import { perfectly } from '../stage.fixture.ts';
import { chaos } from './list.ts';

const ids = chaos.map(({ id }) => id);

let played: Awaited<ReturnType<typeof perfectly>>;
beforeAll(async () => {
  played = await perfectly(chaos);
});

test('every fault has a case that is named after it', () => {
  expect(faults.map(({ name }) => `chaos-${name}`).filter((id) => !ids.includes(id))).toEqual([]);
});

test('each case has a name of its own, also beside those that break nothing', async () => {
  const all = [...ids, ...(await suites()).map(({ id }) => id)];
  expect(all.filter((id, index) => all.indexOf(id) !== index)).toEqual([]);
  for (const id of ids) expect(id).toMatch(/^chaos-[a-z]+(-[a-z]+)*$/);
});

test('each is chosen by its tag, and keeps its distance', () => {
  for (const { id, tags, apart, alone } of chaos)
    expect({ id, apart, alone, chaos: tags.includes('chaos') }).toEqual({
      id,
      apart: true,
      alone: 'last',
      chaos: true,
    });
});

test('each speaks for clauses that the contract has, once, by checks that the judge knows', () => {
  const checks = caseChecks.map(({ name }) => name);
  for (const { id, clause, judgedBy = [], also = [] } of chaos) {
    const spoken = [clause, ...also.map((each) => each.clause)];
    expect(Object.keys(clauses), id).toEqual(expect.arrayContaining(spoken));
    expect(new Set(spoken).size, id).toBe(spoken.length);
    const judged = [...judgedBy, ...also.flatMap((each) => each.judgedBy ?? [])];
    expect(checks, id).toEqual(expect.arrayContaining(judged));
  }
});

describe('where nothing is unknown', () => {
  test.each(ids)('%s claims what the contract says', async (id) => {
    const sent = await played(id);
    expect(sent.length).toBeGreaterThan(0);
    for (const { label, claim, right } of sent) {
      const verdicts: readonly string[] = [ACCEPTED, ...refusals];
      expect(verdicts, label).toEqual(expect.arrayContaining([...(claim ?? [])]));
      // A store that answers some and others not leaves open what a signer says, and never all of what is claimed.
      if (claim)
        expect(
          claim.some((verdict) => right.includes(verdict)),
          label,
        ).toBe(true);
      // What must be let in, or must not, is claimed so.
      if (claim && !right.includes(ACCEPTED)) expect(claim, label).not.toEqual([ACCEPTED]);
      if (claim && right.length === 1) expect(claim, label).toEqual(expect.arrayContaining([...right]));
    }
  });

  test.each(ids)('%s is not in its own way when it is tried again', async (id) => {
    const sent = await played(id, 3);
    expect(sent.filter(({ claim, right }) => claim?.some((each) => right.includes(each)) === false)).toEqual(
      [],
    );
  });

  test('every clause that a case speaks for is decided by a request or a check', async () => {
    for (const { id, clause, judgedBy = [], also = [] } of chaos) {
      const claimed = (await played(id)).filter(({ claim }) => claim !== null);
      for (const each of [{ clause, judgedBy }, ...also]) {
        const about = claimed.filter((sent) => (sent.about ?? clause) === each.clause);
        expect(about.length + (each.judgedBy?.length ?? 0), `${id} ${each.clause}`).toBeGreaterThan(0);
      }
    }
  });
});
