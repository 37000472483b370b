import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { monotonicMs } from '../../../harness/clock.ts';
import { signerAuthV1 } from '../../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { History } from '../../../harness/judge/history.ts';
import type { Run } from '../../../harness/run/carry-out.ts';
import { falseAlarms } from '../../../harness/run/false-alarms.fixture.ts';
import { runGate } from '../../../harness/run/gate.ts';
import { loadAdapter } from '../../../harness/signer/adapter.ts';
import { chaos } from '../../../suites/chaos/list.ts';
import { openJournal } from '../../parts/journal.ts';
import { processEnvironment } from '../../process.ts';
import { chaosDefects, correctByScript, correctByToken, errorsExcused } from './chaos.ts';
import { plant, type Planting } from './plant.ts';

// Each gate is mostly waiting, for its children and for what a signer takes to give up.
vi.setConfig({ maxConcurrency: 2 });

const state = await mkdtemp(join(tmpdir(), 'keydrill-chaos-'));
const journal = openJournal({ ...process.env, KEYDRILL_STATE: state });
afterAll(async () => {
  await journal[Symbol.asyncDispose]();
  await rm(state, { recursive: true });
});

/** The cases of one class of error each. */
const errorCases = chaos.filter(({ id }) => id.startsWith('chaos-store-error-')).map(({ id }) => id);
const excusesOneError = new Set(errorsExcused.map(({ id }) => id));

test('every case of chaos has a defect that must turn it red', () => {
  const named = new Set(chaosDefects.map((defect) => defect.case));
  const spoken = chaos.map(({ id }) => id).filter((id) => !named.has(id));
  expect(spoken).toEqual([]);
});

describe.concurrent('Beside each other', () => {
  test.each(chaosDefects)('$id fails $clause in $case', { timeout: 60_000 }, async (defect) => {
    const cases = excusesOneError.has(defect.id) ? errorCases : [defect.case];
    const { findings } = await suffered(defect, cases);
    const found = findings.findings.find(({ id, clause }) => id === defect.case && clause === defect.clause);
    expect(found).toMatchObject({ outcome: 'fail' });
    expect(found?.reason ?? found?.actual).toBeTruthy();
    // Whoever knows one error from another has to be asked about each.
    const others = findings.findings.filter(({ id }) => id !== defect.case);
    expect(others.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  });

  test(
    'whoever proves after a lost reply that the write was his own may let the request in',
    { timeout: 60_000 },
    async () => {
      const lossy = chaos.filter(({ id }) => id.startsWith('chaos-store-reply-')).map(({ id }) => id);
      expect(falseAlarms(await suffered(correctByToken, lossy))).toEqual([]);
    },
  );

  test(
    'a store that does not know a script is told of it, and lets in nobody',
    { timeout: 60_000 },
    async () => {
      const run = await suffered(correctByScript, ['chaos-store-error-noscript']);
      expect(falseAlarms(run)).toEqual([]);
      const outcomes = run.findings.findings
        .filter(({ id }) => id.startsWith('chaos-'))
        .map(({ outcome }) => outcome);
      // Of one that is never asked by a name it would not be applicable.
      expect(new Set(outcomes)).toEqual(new Set(['pass']));
    },
  );
});

/** Plays these cases of chaos on the reference signer with this defect. */
async function suffered(planting: Planting, cases: readonly string[]): Promise<Run> {
  const own = { ...journal, workDirectory: join(journal.workDirectory, planting.id) };
  const adapter = await loadAdapter(await plant(planting, join(own.workDirectory, 'signer')));
  const run = await runGate({
    contract: signerAuthV1,
    // The correct one is back at once: nobody has to wait long for those that never are.
    adapter: { ...adapter, bounds: { ...adapter.bounds, recoversWithinMs: 1500 } },
    scenarios: chaos.filter(({ id }) => cases.includes(id)),
    checks: [],
    seed: 1,
    reproduce: 'npx keydrill gate --only {id}',
    environment: processEnvironment(own),
    history: History.unwritten(monotonicMs),
    audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  if (run.trouble !== undefined) throw run.trouble;
  return run;
}
