import type { Interposed, Replica, Topology } from '../run/environment.ts';
import type { Fault, Testimony } from './fault.ts';
import type { Deed, Mischief } from './mischief.ts';
import { reachable } from './reachable.ts';

/** A fault that somebody does who is between a replica and its store, and understands them. */
export interface Meddling extends Pick<Fault, 'name' | 'sentence' | 'store' | 'losesReplies'> {
  readonly mischief: Mischief;
  /** How often the replica was struck on one of its connections. */
  readonly struck: (deed: Deed) => number;
  /** What one stroke was, as in "3 replies lost". */
  readonly strokes: string;
  /** Why a replica that was active and never struck cannot be, where that is so. */
  readonly never?: (deeds: readonly Deed[]) => string | undefined;
}

/** Its witness is whoever is between: he counts what he did on the replica's own connections. */
export const between = ({ mischief, struck, strokes, never, ...fault }: Meddling): Fault => ({
  ...fault,
  concerns: 'all-replicas',
  shows: 'under-traffic',
  cannot: ({ cannot }) => cannot.interpose,
  async prepare(topology, concerned) {
    let placed: readonly Placed[] = [];
    let served = false;
    return {
      async place() {
        placed = await placedBetween(topology, concerned);
      },
      async inject() {
        for (const { interposed } of placed) interposed.serve(mischief);
        served = placed.length > 0;
      },
      // Who was served nothing shows nothing of what cannot happen to him.
      witness: () =>
        Promise.resolve(testimonyOf(placed, { struck, strokes, never: served ? never : undefined })),
      async heal() {
        for (const { interposed } of placed) interposed.heal();
        await Promise.all(placed.map(({ interposed }) => interposed.leave()));
      },
      isOver: () => reachable(topology, concerned),
    };
  },
});

interface Placed {
  readonly replica: string;
  readonly interposed: Interposed;
}

const placedBetween = (topology: Topology, concerned: readonly Replica[]): Promise<Placed[]> =>
  Promise.all(
    concerned.map(async ({ name }) => ({ replica: name, interposed: await topology.interpose(name) })),
  );

function testimonyOf(
  placed: readonly Placed[],
  { struck, strokes, never }: Pick<Meddling, 'struck' | 'strokes'> & { never: Meddling['never'] | undefined },
): Testimony {
  if (placed.length === 0) return { so: false, evidence: 'nobody is between a replica and its store' };
  const counts = placed.map(({ replica, interposed }) => {
    const deeds = interposed.deeds();
    const times = deeds.reduce((sum, deed) => sum + struck(deed), 0);
    return { replica, times, excuse: times === 0 ? never?.(deeds) : undefined };
  });
  const excused = counts.find(({ excuse }) => excuse !== undefined);
  if (excused) return { so: false, never: true, evidence: `${excused.replica} ${excused.excuse}` };
  const evidence = counts.map(({ replica, times }) => `${replica}: ${times} ${strokes}`).join(', ');
  return { so: counts.every(({ times }) => times > 0), evidence };
}
