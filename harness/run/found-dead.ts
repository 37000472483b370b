import type { Signing } from '../contract/contract.ts';
import type { CaseAttempt } from '../judge/checks/check.ts';
import { explain } from '../errors.ts';
import { asItWas } from '../faults/process-of.ts';
import type { Replica, Topology } from './environment.ts';
import { give } from './given.ts';
import type { Ground } from './ground.ts';

/**
 * Tells of replicas that ended though nobody ended them. Where nothing else is played on their topology they are started
 * anew for whoever comes next. Looked for only where a request got no answer: asking the system after every case would
 * take longer than most cases.
 */
export async function tellOfTheDead<Client extends Signing>(
  attempt: CaseAttempt & { readonly alone: boolean },
  topology: Topology,
  ground: Ground<Client>,
): Promise<void> {
  const { view, history } = ground;
  const unanswered = view
    .ofCase(attempt.case)
    .some(
      ({ request, end, observed }) =>
        request.attempt === attempt.attempt && end?.type === 'lost' && !observed,
    );
  if (!unanswered) return;
  const { name } = topology;
  for (const replica of topology.replicas) {
    if ((await replica.condition()) !== 'ended') continue;
    const isKnown = view
      .all('casualty')
      .some((lost) => lost.topology === name && lost.replica === replica.name);
    if (isKnown && !attempt.alone) continue;
    const evidence = attempt.alone ? await startedAnew(replica, topology, ground) : 'its process is gone';
    const of = { case: attempt.case, topology: name, replica: replica.name };
    history.append({ type: 'casualty', at: history.at(), ...of, evidence });
  }
}

async function startedAnew<Client extends Signing>(
  replica: Replica,
  topology: Topology,
  { history, plan, signal }: Ground<Client>,
): Promise<string> {
  const withinMs = plan.adapter.bounds.appliesWithinMs;
  const gift = { history, topology, replica, next: asItWas(replica), withinMs };
  return give(gift, (next) => replica.restart(next, signal)).then(
    () => 'its process was gone, and was started anew',
    (error: unknown) => {
      signal.throwIfAborted();
      return `its process is gone and cannot be started anew: ${explain(error)}`;
    },
  );
}
