import type { Chance } from '../seed.ts';
import type { EventOf } from './events.ts';

export const REPLICAS = ['replica-1', 'replica-2'] as const;
export type ReplicaName = (typeof REPLICAS)[number];

/** What may go wrong without anybody being to blame. */
export interface Weather {
  readonly standstills: boolean;
  readonly losses: boolean;
  readonly limits: boolean;
  readonly outages: boolean;
}

/** On a rough day one kind of trouble comes alone, or all of them together. */
export function weatherOf(calm: boolean, chance: Chance): Weather {
  const trouble = calm ? 'none' : chance.pick(['standstills', 'losses', 'limits', 'outages', 'all']);
  const has = (name: keyof Weather): boolean => trouble === name || trouble === 'all';
  return {
    standstills: has('standstills'),
    losses: has('losses'),
    limits: has('limits'),
    outages: has('outages'),
  };
}

/** Somebody who did nothing for a while. */
export interface Standstill {
  readonly who: EventOf<'stall'>['who'];
  readonly replica: string | null;
  readonly from: number;
  readonly to: number;
}

/** A moment between two others. */
export const between = (chance: Chance, from: number, to: number): number =>
  Math.round((from + ((to - from) * chance.pick(thousandths)) / 1000) * 1000) / 1000;

const thousandths = Array.from({ length: 1001 }, (_, index) => index);

export const oneIn = (chance: Chance, count: number): boolean => chance.pick(thousandths) < 1000 / count;

/** A few of them, far enough apart that something happens in between. */
export function standstills(chance: Chance): Standstill[] {
  return Array.from({ length: chance.pick([1, 2, 3]) }, (_, index): Standstill => {
    const who = chance.pick(['harness', 'store', 'replica'] as const);
    const from = 200 + index * 9000 + between(chance, 0, 5000);
    const replica = who === 'replica' ? chance.pick(REPLICAS) : null;
    return { who, replica, from, to: from + chance.pick([300, 1300, 2500, 6000]) };
  });
}
