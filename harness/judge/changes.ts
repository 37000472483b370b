import { isDeepStrictEqual } from 'node:util';
import type { EventOf } from './events.ts';

/** A configuration that one replica was given. */
export interface Change extends Pick<EventOf<'state'>, 'topology' | 'replica' | 'at' | 'holding'> {
  readonly deadline: number;
  /** What a replica held that held nothing else. */
  readonly alone: readonly unknown[];
  /** When something other than a judged answer first showed it; never, as far as is known so far. */
  witnessed: number;
  /** When it must have been in force, by the standstills known when this was worked out. */
  due?: { readonly at: number; readonly standstillsKnown: number };
}

interface ReplicaChanges {
  readonly begun: Change[];
  readonly unwitnessed: Set<Change>;
  readonly witnesses: EventOf<'state'>[];
}

/** What each replica was given, in the order of the record. */
export class Changes {
  readonly #of = new Map<string, Map<string, ReplicaChanges>>();

  add(event: EventOf<'state'>): void {
    const { begun, unwitnessed, witnesses } = this.#at(event.topology, event.replica);
    if (event.phase === 'begun') {
      const { topology, replica, at, holding, deadline = Infinity } = event;
      const change: Change = {
        topology,
        replica,
        at,
        holding,
        deadline,
        alone: [holding],
        witnessed: Infinity,
      };
      begun.push(change);
      unwitnessed.add(change);
      for (const witness of witnesses) see(witness, change, unwitnessed);
    } else {
      witnesses.push(event);
      for (const change of unwitnessed) see(event, change, unwitnessed);
    }
  }

  of(topology: string, replica: string): readonly Change[] {
    return this.#of.get(topology)?.get(replica)?.begun ?? [];
  }

  #at(topology: string, replica: string): ReplicaChanges {
    let here = this.#of.get(topology);
    if (!here) this.#of.set(topology, (here = new Map()));
    let changes = here.get(replica);
    if (!changes) here.set(replica, (changes = { begun: [], unwitnessed: new Set(), witnesses: [] }));
    return changes;
  }
}

/** What was still to be seen of an earlier state may be seen after this one has begun. */
function see({ at, holding }: EventOf<'state'>, change: Change, unwitnessed: Set<Change>): void {
  if (at < change.at || !unwitnessed.has(change) || !isDeepStrictEqual(holding, change.holding)) return;
  change.witnessed = at;
  unwitnessed.delete(change);
}
