import { pause } from '../clock.ts';
import type { Signing } from '../contract/contract.ts';
import type { DesiredState } from '../signer/desired-state.ts';
import type { Secret } from '../signer/secret.ts';
import type { Replica } from './environment.ts';
import { give } from './given.ts';
import type { StageParts } from './stage-parts.ts';

/** Gives one client another list of secrets on every replica, where the signer can change without a restart. */
export async function change<Client extends Signing>(
  name: string,
  names: readonly string[],
  parts: StageParts<Client>,
): Promise<boolean> {
  const { adapter, passage } = parts;
  const { topology, recorder, occasion } = passage;
  const { history } = recorder;
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
  for (const replica of topology.replicas) await giveSecrets(replica, name, names, parts);
  return true;
}

/** The same for one replica alone, the way its adapter says, and settled once it must hold it. */
export async function changeOne<Client extends Signing>(
  replica: Replica,
  name: string,
  names: readonly string[],
  parts: StageParts<Client>,
): Promise<void> {
  const { adapter, passage } = parts;
  const { recorder, occasion, signal } = passage;
  if (await giveSecrets(replica, name, names, parts)) return;
  const ms = adapter.bounds.appliesWithinMs;
  const { history } = recorder;
  const why = 'a change may take this long to be in force';
  history.append({ type: 'wait', at: history.at(), case: occasion.case, attempt: occasion.attempt, ms, why });
  await pause(ms, signal);
}

/** Whether it can hold nothing else any more. */
function giveSecrets<Client extends Signing>(
  replica: Replica,
  name: string,
  names: readonly string[],
  { adapter, plan, passage }: StageParts<Client>,
): Promise<boolean> {
  const { topology, recorder, signal } = passage;
  const client = plan.clients.get(name);
  if (!client) throw new Error(`Case ${plan.scenario.id} declares no client "${name}"`);
  const secrets = names.map((each) => client.secrets[each]!);
  const next = withSecrets(replica.state, client.id, secrets);
  const withinMs = adapter.bounds.appliesWithinMs;
  const { history } = recorder;
  return give({ history, topology, replica, next, withinMs }, (state) => replica.apply(state, signal));
}

export const withSecrets = (
  state: DesiredState,
  client: string,
  secrets: readonly Secret[],
): DesiredState => ({
  ...state,
  clients: state.clients.map((entry) => (entry.id === client ? { id: client, secrets } : entry)),
});
