import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { processEnvironment } from '../../process.ts';
import { openJournal, type Journal } from '../../parts/journal.ts';
import { monotonicMs } from '../../../harness/clock.ts';
import { clauseList } from '../../../harness/contract/signer-auth-v1/clauses.ts';
import { signerAuthV1 } from '../../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { Finding, FindingsFile } from '../../../harness/judge/findings.ts';
import { History } from '../../../harness/judge/history.ts';
import { choose } from '../../../harness/run/choose.ts';
import { runGate } from '../../../harness/run/gate.ts';
import { plannedChecks, REPLICAS } from '../../../harness/run/plan.ts';
import { BALANCER } from '../../../harness/run/preconditions.ts';
import { loadAdapter } from '../../../harness/signer/adapter.ts';
import { suites } from '../../../suites/list.ts';
import type { Defect } from './defect.ts';
import { defects, rotationDefects } from './list.ts';
import { plant, type Planting } from './plant.ts';

// Each gate is mostly waiting for its children, and the children would be late with more of them.
vi.setConfig({ maxConcurrency: 2 });

const scenarios = await suites();
const written = scenarios.filter(({ tags }) => !tags.includes('vectors'));
const checks = plannedChecks(signerAuthV1, 'all');
const everyDefect = [...defects, ...rotationDefects];

const state = await mkdtemp(join(tmpdir(), 'keydrill-defects-'));
const journal = openJournal({ ...process.env, KEYDRILL_STATE: state });
afterAll(async () => {
  await journal[Symbol.asyncDispose]();
  await rm(state, { recursive: true });
});

test('Every defect is called by a sentence of its own', () => {
  const ids = everyDefect.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
});

test('Every edit replaces a text that the reference signer holds exactly once', async () => {
  for (const { id, edits } of everyDefect) {
    for (const { file, correct, wrong } of edits) {
      const source = await readFile(new URL(`../reference/${file}`, import.meta.url), 'utf8');
      expect({ id, file, correct, times: source.split(correct).length - 1 }).toMatchObject({ times: 1 });
      expect(wrong).not.toBe(correct);
    }
  }
});

test('Every clause of the contract has a defect that breaks it', () => {
  const broken = new Set<string>(everyDefect.map(({ clause }) => clause));
  expect(clauseList.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
});

test('Every written scenario and every check has a defect that must turn it red', () => {
  const named = new Set(defects.map((defect) => defect.case));
  const all = [...written, ...checks].map(({ id }) => id);
  expect(all.filter((id) => !named.has(id))).toEqual([]);
});

test('A defect names the clause that its case speaks for', () => {
  for (const defect of defects) {
    const speaks = [...scenarios, ...checks].find(({ id }) => id === defect.case);
    expect({ id: defect.id, clause: defect.clause }).toEqual({ id: defect.id, clause: speaks?.clause });
  }
});

test('The correct signer, planted like a defect, passes every case', { timeout: 60_000 }, async () => {
  const { findings } = await judged({ id: 'no-defect', edits: [] }, []);
  expect(findings.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  expect(findings.length).toBeGreaterThanOrEqual(scenarios.length + checks.length);
});

describe.concurrent('Beside each other', () => {
  test.each(defects.filter((defect) => !needsQuiet(defect)))(
    '$id fails $case',
    { timeout: 60_000 },
    mustFail,
  );
});

// Their cases hold the signer to a bound, and the engine forgives what a busy machine holds up.
describe('One by one', () => {
  test.each(defects.filter(needsQuiet))('$id fails $case', { timeout: 60_000 }, mustFail);
});

function needsQuiet(defect: Defect): boolean {
  const scenario = scenarios.find(({ id }) => id === defect.case);
  return scenario?.alone !== undefined || defect.case === 'always-answered';
}

async function mustFail(defect: Defect): Promise<void> {
  const { findings } = await judged(defect, defect.broughtOutBy ?? [defect.case]);
  const found = findings.find(({ id }) => id === defect.case);
  expect(found).toMatchObject({ id: defect.case, clause: defect.clause, outcome: 'fail' });
  expectReadable(found!);
}

/** A failure is a report: it says what was wrong, in words, and where. */
function expectReadable({ reason, expected, actual, replica, reproduce }: Finding): void {
  const texts = [reason, expected, actual, replica].filter((text) => text !== undefined);
  for (const text of texts) {
    expect(text.trim()).not.toBe('');
    // In quotes it is what was sent.
    expect(text).not.toMatch(/(?<!")\bundefined\b|\[object /);
  }
  expect(reason ?? (expected && actual)).toBeTruthy();
  if (replica !== undefined) expect([...REPLICAS, BALANCER]).toContain(replica);
  expect(reproduce).toContain('--only');
}

/** Runs these cases, or all of them, against the reference signer with this defect. */
async function judged(planting: Planting, names: readonly string[]): Promise<FindingsFile> {
  const own = roomIn(journal, planting.id);
  const { findings, trouble } = await runGate({
    contract: signerAuthV1,
    adapter: await loadAdapter(await plant(planting, join(own.workDirectory, 'signer'))),
    scenarios: choose(scenarios, names),
    checks: 'all',
    seed: 1,
    reproduce: 'npx keydrill gate --only {id}',
    environment: processEnvironment(own),
    history: History.unwritten(monotonicMs),
    audience: { topologyUp: () => undefined, begun: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  if (trouble !== undefined) throw trouble;
  return findings;
}

/** Runs beside each other must not meet in one work directory. */
const roomIn = (whole: Journal, name: string): Journal => ({
  ...whole,
  workDirectory: join(whole.workDirectory, name),
});
