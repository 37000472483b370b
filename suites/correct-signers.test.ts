import { fileURLToPath } from 'node:url';
import { environmentCalled } from '../environments/list.ts';
import { openJournal } from '../environments/parts/journal.ts';
import { monotonicMs } from '../harness/clock.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { FindingsFile } from '../harness/judge/findings.ts';
import { History } from '../harness/judge/history.ts';
import { runGate } from '../harness/run/gate.ts';
import { plannedChecks } from '../harness/run/plan.ts';
import { preconditions } from '../harness/run/preconditions.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { suites } from './list.ts';
import { bindToVitest } from './vitest.ts';

const scenarios = await suites();
const levelOf = (clause: string) => signerAuthV1.clauses.find(({ id }) => id === clause)!.level;

const expected = [
  ...preconditions.map(({ id, clause }) => ({ id, clause, level: 'must' as const })),
  ...scenarios.map(({ id, clause }) => ({ id, clause, level: levelOf(clause) })),
  ...plannedChecks(signerAuthV1, 'all'),
];

/** Answers without codes are what its adapter says of the bare manner, and what these two findings are for. */
const notTheContractsWords = ['refusals-use-the-contract-codes', 'refusals-keep-the-envelope'];

const signers = [
  { name: 'reference signer', adapter: 'reference/adapter.ts', fails: [] },
  { name: 'python signer', adapter: 'python/adapter.yaml', fails: [] },
  { name: 'python signer, bare answers', adapter: 'python/bare.yaml', fails: notTheContractsWords },
];

for (const { name, adapter, fails } of signers) {
  let run: Promise<FindingsFile> | undefined;
  bindToVitest(
    name,
    expected.filter(({ id }) => !fails.includes(id)),
    () => (run ??= judged(adapter)),
  );
}

async function judged(adapter: string): Promise<FindingsFile> {
  await using journal = openJournal();
  const { findings, trouble } = await runGate({
    contract: signerAuthV1,
    adapter: await loadAdapter(fileURLToPath(new URL(`../environments/signers/${adapter}`, import.meta.url))),
    scenarios,
    checks: 'all',
    seed: 1,
    reproduce: 'npx keydrill gate --only {id}',
    environment: environmentCalled('process', journal),
    history: History.unwritten(monotonicMs),
    audience: { topologyUp: () => undefined, begun: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  if (trouble !== undefined) throw trouble;
  return findings;
}
