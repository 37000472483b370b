import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { environmentCalled } from '../environments/list.ts';
import { openJournal } from '../environments/parts/journal.ts';
import { findFaketime } from '../environments/parts/faketime.ts';
import { monotonicMs } from '../harness/clock.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { faults } from '../harness/faults/list.ts';
import { History } from '../harness/judge/history.ts';
import { falseAlarms } from '../harness/run/false-alarms.fixture.ts';
import { runGate } from '../harness/run/gate.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { chaos } from './chaos/list.ts';

// Neither asks its store by the name of a script, and one has no configuration file.
test.each([
  ['reference/adapter.ts', ['store-error-noscript']],
  ['python/adapter.yaml', ['store-error-noscript', 'configuration-cut-off']],
])('%s bears whatever is broken on purpose', async (path, unknown) => {
  await using journal = openJournal();
  const run = await runGate({
    contract: signerAuthV1,
    adapter: await loadAdapter(fileURLToPath(new URL(`../environments/signers/${path}`, import.meta.url))),
    scenarios: chaos,
    checks: 'all',
    seed: 1,
    reproduce: 'npx keydrill gate --only {id}',
    environment: environmentCalled('process', journal),
    history: History.unwritten(monotonicMs),
    audience: { topologyUp: () => undefined, begun: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal: new AbortController().signal,
  });
  expect(falseAlarms(run)).toEqual([]);
  const felt = run.view.faults.all
    .filter(({ witnessed }) => Number.isFinite(witnessed))
    .map(({ fault }) => fault);
  const expected = faults.filter(
    ({ name, clockOffsetMs }) =>
      !unknown.includes(name) && (clockOffsetMs === undefined || findFaketime() !== undefined),
  );
  expect(new Set(felt)).toEqual(new Set(expected.map(({ name }) => name)));
});
