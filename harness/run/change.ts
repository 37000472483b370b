import type { Signing } from '../contract/contract.ts';
import { holdingOf } from '../signer/holding.ts';
import type { DesiredState } from '../signer/desired-state.ts';
import type { Secret } from '../signer/secret.ts';
import type { StageParts } from './stage-parts.ts';

/** Gives one client another list of secrets on every replica, where the signer can change without a restart. */
export async function change<Client extends Signing>(
  name: string,
  names: readonly string[],
  parts: StageParts<Client>,
): Promise<boolean> {
  const { adapter, plan, passage } = parts;
  const { topology, recorder, occasion, signal } = passage;
  const { history } = recorder;
  const client = plan.clients.get(name);
  if (!client) throw new Error(`Case ${plan.scenario.id} declares no client "${name}"`);
  const present = adapter.apply.by !== 'restart';
  history.append({
    type: 'probe',
    source: 'adapter',
    at: history.at(),
    case: occasion.case,
    attempt: occasion.attempt,
    present,
    ...(present && { truthful: true }),
    evidence: present
      ? `the adapter applies a change by ${adapter.apply.by}`
      : 'the adapter applies a change by restart only',
  });
  if (!present) return false;
  const secrets = names.map((each) => client.secrets[each]!);
  for (const replica of topology.replicas) {
    const next = withSecrets(replica.state, client.id, secrets);
    const begun = history.at();
    history.append({
      type: 'state',
      at: begun,
      topology: topology.name,
      replica: replica.name,
      phase: 'begun',
      holding: holdingOf(next),
      deadline: begun + adapter.bounds.appliesWithinMs,
    });
    await replica.apply(next, signal);
  }
  return true;
}

const withSecrets = (state: DesiredState, client: string, secrets: readonly Secret[]): DesiredState => ({
  ...state,
  clients: state.clients.map((entry) => (entry.id === client ? { id: client, secrets } : entry)),
});
