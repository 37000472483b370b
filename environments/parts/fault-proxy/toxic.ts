import type { Chance } from '../../../harness/seed.ts';
import type { Stage } from './stage.ts';
import { passOn } from './toxics/noop.ts';
import type { ToxicKind } from './toxics/toxic.ts';

export type Direction = 'upstream' | 'downstream';

/** What a toxic is made from. */
export interface ToxicPlan {
  readonly name: string;
  readonly type: string;
  readonly kind: ToxicKind;
  /** The direction as the client wrote it, which may be in capitals. */
  readonly stream: string;
  readonly direction: Direction;
  readonly toxicity: number;
  readonly attributes: Record<string, bigint>;
  readonly chance: Chance;
}

/** One fault on a proxy, shared by all its connections, so that a change of its attributes reaches each of them. */
export interface Toxic extends Omit<ToxicPlan, 'toxicity' | 'chance'> {
  /** The share of connections it affects. Each time it begins on one, it is drawn anew whether it is one of them. */
  toxicity: number;
  readonly pipe: (stage: Stage) => Promise<void>;
}

export function makeToxic({ chance, ...plan }: ToxicPlan): Toxic {
  const toxic: Toxic = {
    ...plan,
    pipe: (stage) =>
      chance.fraction() < toxic.toxicity ? toxic.kind.pipe(stage, toxic.attributes, chance) : passOn(stage),
  };
  return toxic;
}

/** A toxic as clients see it. */
export const toxicFacts = ({ attributes, name, type, stream, toxicity }: Toxic) => ({
  attributes,
  name,
  type,
  stream,
  toxicity,
});
