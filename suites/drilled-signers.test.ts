import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { environmentCalled } from '../environments/list.ts';
import { openJournal } from '../environments/parts/journal.ts';
import { referenceAdapters } from '../environments/signers/list.ts';
import { monotonicMs } from '../harness/clock.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { History } from '../harness/judge/history.ts';
import { runDrill } from '../harness/run/drill/drill.ts';
import { falseAlarms } from '../harness/run/false-alarms.fixture.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { procedures } from './rotation/list.ts';

/** Forward with both kinds of material, twice in a row, back from the middle of a roll, and over a time to live. */
const courses = [
  'hmac-secret-rotation-twice.to-the-end',
  'hmac-secret-rotation.back-at-once-half-of-remove-current',
  'trust-bundle-rotation.to-the-end',
  'server-certificate-renewal.to-the-end',
  'replay-store-validation.to-the-end',
];

const inPython = (adapter: string): string =>
  fileURLToPath(new URL(`../environments/signers/python/${adapter}`, import.meta.url));

test.each([
  ['reference signer, told by a signal', referenceAdapters.signal],
  ['reference signer, watching files', referenceAdapters.watch],
  ['reference signer, watching mounted secrets', referenceAdapters.symlinks],
  ['reference signer, told by a command', referenceAdapters.command],
  ['reference signer, restarted', referenceAdapters.restart],
  ['python signer', inPython('adapter.yaml')],
  ['python signer, bare answers', inPython('bare.yaml')],
])('%s goes through its rotations', async (_name, adapter) => {
  await using journal = openJournal();
  const run = await runDrill({
    contract: signerAuthV1,
    adapter: await loadAdapter(adapter),
    procedures: procedures.filter(({ id }) => courses.some((course) => course.startsWith(`${id}.`))),
    courses,
    checks: [],
    seed: 1,
    reproduce: 'npx keydrill drill --only {id}',
    environment: environmentCalled('process', journal),
    history: History.unwritten(monotonicMs),
    audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  expect(falseAlarms(run)).toEqual([]);
  expect(new Set(run.findings.findings.map(({ id }) => id))).toEqual(new Set([...preconditions, ...courses]));
});

const preconditions = [
  'oracle-agrees-with-vectors',
  'replicas-differ',
  'replay-store-is-shared',
  'traffic-kept-its-schedule',
];
