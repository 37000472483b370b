import { openJournal } from '../../environments/parts/journal.ts';
import { processEnvironment } from '../../environments/process.ts';
import { monotonicMs } from '../../harness/clock.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { History } from '../../harness/judge/history.ts';
import type { Run } from '../../harness/run/carry-out.ts';
import { runExplore } from '../../harness/run/explore/explore.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { repertoire } from '../../suites/exploration/repertoire.ts';

/** One exploration that nobody watches, of which nothing is written. */
export async function exploring(wish: {
  adapter: string;
  seed: number;
  runs: number;
  untilFound?: boolean;
}): Promise<Run> {
  await using journal = openJournal();
  const run = await runExplore({
    ...wish,
    contract: signerAuthV1,
    adapter: await loadAdapter(wish.adapter),
    repertoire,
    checks: [],
    reproduce: '{id}',
    again: 'explore',
    environment: processEnvironment(journal),
    history: History.unwritten(monotonicMs),
    audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'not looked at here' }],
    save: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  if (run.trouble !== undefined) throw run.trouble;
  return run;
}
