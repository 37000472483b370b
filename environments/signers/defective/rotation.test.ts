import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { monotonicMs } from '../../../harness/clock.ts';
import { signerAuthV1 } from '../../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { History } from '../../../harness/judge/history.ts';
import type { Run } from '../../../harness/run/carry-out.ts';
import { coursesOf } from '../../../harness/run/drill/course.ts';
import { runDrill } from '../../../harness/run/drill/drill.ts';
import { falseAlarms } from '../../../harness/run/false-alarms.fixture.ts';
import { loadAdapter } from '../../../harness/signer/adapter.ts';
import { procedures } from '../../../suites/rotation/list.ts';
import { openJournal } from '../../parts/journal.ts';
import { processEnvironment } from '../../process.ts';
import { rotationDefects } from './list.ts';
import { plant, type Planting } from './plant.ts';

const state = await mkdtemp(join(tmpdir(), 'keydrill-rotation-'));
const journal = openJournal({ ...process.env, KEYDRILL_STATE: state });
afterAll(async () => {
  await journal[Symbol.asyncDispose]();
  await rm(state, { recursive: true });
});

const courses = [...new Set(rotationDefects.map((defect) => defect.case))];

test.each(courses)('The correct signer, planted like a defect, goes through %s', async (course) => {
  const run = await drilled({ id: `no-defect-${course}`, edits: [] }, course);
  expect(falseAlarms(run)).toEqual([]);
  expect(run.findings.findings.filter(({ id }) => id === course).length).toBeGreaterThan(3);
});

test.each(rotationDefects)('$id fails $clause in $case', async (defect) => {
  const { findings } = await drilled(defect, defect.case);
  const found = findings.findings.find(({ id, clause }) => id === defect.case && clause === defect.clause);
  expect(found).toMatchObject({ id: defect.case, clause: defect.clause, outcome: 'fail' });
  expect(found?.reason).toBeTruthy();
});

/** Carries one course out on the reference signer with this defect. */
async function drilled(planting: Planting, course: string): Promise<Run> {
  const own = { ...journal, workDirectory: join(journal.workDirectory, planting.id) };
  const run = await runDrill({
    contract: signerAuthV1,
    adapter: await loadAdapter(await plant(planting, join(own.workDirectory, 'signer'))),
    procedures: procedures.filter((procedure) => coursesOf(procedure).some(({ id }) => id === course)),
    courses: [course],
    checks: 'all',
    seed: 1,
    reproduce: 'npx keydrill drill --only {id}',
    environment: processEnvironment(own),
    history: History.unwritten(monotonicMs),
    audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  if (run.trouble !== undefined) throw run.trouble;
  return run;
}
