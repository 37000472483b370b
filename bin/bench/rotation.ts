import { openJournal } from '../../environments/parts/journal.ts';
import { processEnvironment } from '../../environments/process.ts';
import { referenceAdapters } from '../../environments/signers/list.ts';
import { monotonicMs } from '../../harness/clock.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { History } from '../../harness/judge/history.ts';
import { carryOut, type Run, type RunOrder } from '../../harness/run/carry-out.ts';
import { knownSecrets } from '../../harness/run/clients.ts';
import { standingsOf } from '../../harness/run/drill/course.ts';
import { runDrill } from '../../harness/run/drill/drill.ts';
import { makeDrillPlan } from '../../harness/run/drill/plan.ts';
import { Roll } from '../../harness/run/drill/roll.ts';
import type { Streams } from '../../harness/run/drill/streams.ts';
import { passageOf } from '../../harness/run/ground.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { procedures } from '../../suites/rotation/list.ts';
import { atMost, median, type Measurement, shown, spread } from './measurement.ts';

const ROUNDS = 5;
const COURSE = 'hmac-secret-rotation.to-the-end';
const procedure = procedures.find(({ id }) => COURSE.startsWith(`${id}.`))!;

/** What the traffic and the checks of a rotation cost, against the same rolls with nobody watching. */
export const rotation: Measurement = {
  name: 'rotation',
  about: 'a secret rotation under traffic, without its waits, against its bare rolls',
  async measure({ print }) {
    await using journal = openJournal();
    process.on('exit', () => journal.undoNow());
    const orderFor = async (adapter: string): Promise<RunOrder<SigningClient>> => ({
      contract: signerAuthV1,
      adapter: await loadAdapter(adapter),
      checks: [],
      seed: 1,
      reproduce: '{id}',
      environment: processEnvironment(journal),
      history: History.unwritten(monotonicMs),
      audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
      before: [],
      signal: new AbortController().signal,
    });
    const ratios: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const bareMs = await bareRolls(await orderFor(referenceAdapters.restart));
      const { wallMs, waitsMs } = await underTraffic(await orderFor(referenceAdapters.restart));
      ratios.push((wallMs - waitsMs) / bareMs);
      print(
        `round ${round}: rotation ${shown(wallMs, 'ms')}, of which waits ${shown(waitsMs, 'ms')}; bare rolls ${shown(bareMs, 'ms')}`,
      );
    }
    print(`ratio: ${spread(ratios, '')}`);
    return [atMost('rotation without its waits / bare rolls', median(ratios), 1.5)];
  },
};

/** Every replica given every configuration of the rotation, one after the other. */
async function bareRolls(order: RunOrder<SigningClient>): Promise<number> {
  let tookMs = 0;
  const run = await carryOut(
    order,
    (chance) => makeDrillPlan({ ...order, procedures: [procedure], courses: [COURSE], chance }),
    async (ground) => {
      const [[place], [plan]] = [ground.topologies, ground.plan.courses];
      const secrets = knownSecrets(plan!.clients.values());
      const occasion = { case: COURSE, attempt: 1, topology: place!.topology.name, secrets };
      const passage = passageOf(place!.topology, occasion, ground);
      const roll = new Roll({ plan: plan!, place: place!, ground, passage, streams: nobody });
      const from = monotonicMs();
      for (const { fleet } of standingsOf(procedure).slice(1)) await roll.everywhere(fleet);
      tookMs = monotonicMs() - from;
    },
  );
  failOn(run);
  return tookMs;
}

/** No traffic at all. */
const nobody: Streams = {
  follow: () => undefined,
  suspend: async () => undefined,
  resume: () => undefined,
  renew: async () => undefined,
  round: async () => undefined,
  during: (_replica, work) => work(),
  stop: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

async function underTraffic(order: RunOrder<SigningClient>): Promise<{ wallMs: number; waitsMs: number }> {
  const run = await runDrill({ ...order, procedures: [procedure], courses: [COURSE] });
  failOn(run);
  const { view } = run;
  const from = view.all('step')[0]!.at;
  const to = view.traffic.tallies()[0]!.to;
  const waitsMs = view
    .all('wait')
    .filter(({ at }) => at >= from)
    .reduce((sum, { ms }) => sum + ms, 0);
  return { wallMs: to - from, waitsMs };
}

function failOn({ trouble, findings }: Run): void {
  if (trouble !== undefined) throw trouble;
  const failed = findings.findings.find(({ outcome }) => outcome === 'fail');
  if (failed) throw new Error(`${failed.id} ${failed.clause}: ${failed.reason}`);
}
