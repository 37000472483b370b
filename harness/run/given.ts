import type { History } from '../judge/history.ts';
import type { DesiredState } from '../signer/desired-state.ts';
import { holdingOf } from '../signer/holding.ts';
import type { Applied, Replica, Topology } from './environment.ts';

/** A state that a replica is about to be given. */
export interface Gift {
  readonly history: History;
  readonly topology: Pick<Topology, 'name'>;
  readonly replica: Replica;
  readonly next: Omit<DesiredState, 'store'>;
  /** How long it may take until it must be in force. */
  readonly withinMs: number;
}

/** Gives a replica a state, recorded from when it may hold it to when it was seen to; true where it can hold nothing else. */
export async function give(
  { history, topology, replica, next, withinMs }: Gift,
  put: (next: Omit<DesiredState, 'store'>) => Promise<Applied>,
): Promise<boolean> {
  const holding = holdingOf({ ...next, store: replica.state.store });
  const state = { type: 'state', topology: topology.name, replica: replica.name, holding } as const;
  const at = history.at();
  history.append({ ...state, at, phase: 'begun', deadline: at + withinMs });
  const { witnessed } = await put(next);
  if (witnessed) history.append({ ...state, at: history.at(), phase: 'witnessed' });
  return witnessed;
}
