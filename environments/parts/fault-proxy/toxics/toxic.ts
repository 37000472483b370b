import type { Chance } from '../../../../harness/seed.ts';
import type { Stage } from '../stage.ts';

/** One kind of fault on a connection. */
export interface ToxicKind<Attribute extends string = string> {
  /** What its attributes are called in the messages of the real server. */
  readonly called: string;
  readonly attributes: Readonly<Record<Attribute, 'int64' | 'int'>>;
  /** How many chunks may wait for it. */
  readonly room?: number;
  /** Whether connections that begin while it is on end in a reset, however they end. */
  readonly endsInReset?: true;
  /** Whether taking it off closes the connections it was on. */
  readonly closesWhenRemoved?: true;
  /** Carries one direction of one connection until it ends or is interrupted. Attributes may change meanwhile. */
  pipe(stage: Stage, attributes: Readonly<Record<Attribute, bigint>>, chance: Chance): Promise<void>;
}

/** A kind whose attributes are checked by name, as whoever only lists kinds sees it. */
export const toxicKind = <Attribute extends string>(kind: ToxicKind<Attribute>): ToxicKind => kind;

const NS_PER_MS = 1_000_000n;

/** Durations are counted in 64 bits of nanoseconds, and go round like them. */
const fromNs = (ns: bigint): number => Number(BigInt.asIntN(64, ns)) / Number(NS_PER_MS);

export const milliseconds = (ms: bigint): number => fromNs(ms * NS_PER_MS);

export const microseconds = (us: bigint): number => fromNs(us * 1_000n);

/** A whole number from `-spread` up to, and without, `spread`. */
export const variation = (spread: bigint, chance: Chance): number =>
  spread > 0n ? Math.floor(chance.fraction() * 2 * Number(spread)) - Number(spread) : 0;
