import type { Maybe } from '../contract/contract.ts';
import type { EventOf } from './events.ts';
import type { Span } from './exchange.ts';
import { dueAfter } from './standstill.ts';
import type { View } from './view.ts';

type FaultEvent = EventOf<'fault'>;

/** Whether faults of the topology took its store out of a replica's reach over this time. */
export function storeAwayDuring(view: View, span: Span): Maybe {
  const faults = view.all('fault');
  const told = new Set<string>();
  let answer: Maybe = 'no';
  for (let index = faults.length - 1; index >= 0; index -= 1) {
    const latest = faults[index]!;
    const { topology, fault, at } = latest;
    if (topology !== span.topology || at >= span.to || told.has(fault)) continue;
    told.add(fault);
    const away = awayBy(view, latest, span);
    if (away === 'yes') return 'yes';
    if (away === 'maybe') answer = 'maybe';
  }
  return answer;
}

/** By one fault, of which this is the latest that happened before the end of this time. */
function awayBy(view: View, { at, phase, store }: FaultEvent, span: Span): Maybe {
  if (store === 'sound') return 'no';
  if (at > span.from) return 'maybe';
  if (phase === 'healed') return afterHeal(view, at, span);
  return phase === 'witnessed' && store === 'away' ? 'yes' : 'maybe';
}

/** A replica may take as long as it declares to find its way back. */
function afterHeal(view: View, healed: number, { topology, replica, from }: Span): Maybe {
  const to = healed + view.run.bounds.recoversWithinMs;
  return from < dueAfter(view, { topology, replica, from: healed, to }) ? 'maybe' : 'no';
}

/** Whether the store may have forgotten between the one and the other what was spent. */
export function mayHaveForgotten(view: View, spent: Span, asked: Span): boolean {
  const faults = view.all('fault');
  return faults.some(
    (begun, index) =>
      begun.phase === 'injecting' &&
      begun.store === 'forgetful' &&
      begun.topology === spent.topology &&
      begun.at < asked.to &&
      spent.from < endOf(faults, index),
  );
}

/** When the fault that begins here was healed. */
function endOf(faults: readonly FaultEvent[], begins: number): number {
  const { fault, topology } = faults[begins]!;
  const healed = faults.find(
    (event, index) =>
      index > begins && event.phase === 'healed' && event.fault === fault && event.topology === topology,
  );
  return healed?.at ?? Infinity;
}
