import type { Knowledge, Maybe } from '../contract/contract.ts';
import type { EventOf } from './events.ts';
import { clockAt } from './clock-at.ts';
import { holdingsAt } from './holdings.ts';
import { spentBefore } from './ledger.ts';
import { dueAfter, stalledDuring } from './standstill.ts';
import { endOf, type Exchange, type View } from './view.ts';

/** What the replica that judged this request may have known at the time, from the record alone. */
export function knowledgeOf(view: View, exchange: Exchange): Knowledge<unknown> {
  return {
    holdings: holdingsAt(view, exchange),
    clock: clockAt(view, exchange),
    spent: (key) => spentBefore(view, exchange, key),
    storeDown: storeDownAt(view, exchange),
  };
}

/**
 * Whether the replay store was out of reach. A standstill anywhere on the way may look like an outage to the replica:
 * its timer can go off before it reads the reply that was there all along.
 */
function storeDownAt(view: View, exchange: Exchange): Maybe {
  if (stalledDuring(view, exchange)) return 'maybe';
  const { topology, at: sent } = exchange.request;
  const end = endOf(exchange);
  let state: Maybe = 'no';
  for (const event of view.all('fault')) {
    if (event.topology !== topology) continue;
    if (event.at > sent && event.at < end) return 'maybe';
    if (event.at > sent) break;
    state = event.phase === 'healed' ? afterHeal(view, event.at, exchange) : stateAfter[event.phase];
  }
  return state;
}

/** A replica may take as long as it declares to find its way back. */
function afterHeal(view: View, healed: number, { request, connection }: Exchange): Maybe {
  const to = healed + view.run.bounds.recoversWithinMs;
  const span = { topology: request.topology, replica: connection.servedBy, from: healed, to };
  return request.at < dueAfter(view, span) ? 'maybe' : 'no';
}

const stateAfter: Readonly<Record<Exclude<EventOf<'fault'>['phase'], 'healed'>, Maybe>> = {
  injecting: 'maybe',
  witnessed: 'yes',
  unwitnessed: 'maybe',
  healing: 'maybe',
};
