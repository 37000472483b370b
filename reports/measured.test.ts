import { expect, test } from 'vitest';
import type { Death } from '../harness/judge/traffic/tally.ts';
import { drillOf } from './drill.ts';
import { madeUpDrill } from './drill.fixture.ts';
import { measured } from './measured.ts';

const died = (afterMs: number, boundMs: number): Death => ({
  credential: 'old secret',
  replica: 'replica-1',
  mode: 'kept',
  afterMs,
  boundMs,
});

function lastOf(deaths: readonly Death[]): Death | undefined {
  const [course] = drillOf(madeUpDrill())!.procedures[0]!.courses;
  return measured([{ ...course!, tally: { ...course!.tally!, deaths } }], []).death;
}

test('of what was removed the one that was let in for longest counts, and before it any past its bound', () => {
  expect(lastOf([died(200, 500), died(900, 1500), died(40, 500)])).toMatchObject({ afterMs: 900 });
  expect(lastOf([died(900, 1500), died(600, 500), died(510, 500)])).toMatchObject({ afterMs: 600 });
  expect(lastOf([])).toBeUndefined();
});

test('honest clients do not die with what they have left behind', () => {
  const honest = { ...died(900, 500), credential: 'secret in use' };
  expect(lastOf([honest, died(200, 500)])).toMatchObject({ afterMs: 200 });
});
