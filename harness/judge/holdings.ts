import { isDeepStrictEqual } from 'node:util';
import type { EventOf } from './events.ts';
import { dueAfter } from './standstill.ts';
import { endOf, type Exchange, type View } from './view.ts';

/** Every state that a replica which may have served this could have held between send and answer. */
export function holdingsAt(view: View, exchange: Exchange): readonly unknown[] {
  const { topology, at: sent } = exchange.request;
  const end = endOf(exchange);
  const holdings = new Set<unknown>();
  for (const { name } of replicasThatMayServe(view, exchange)) {
    const changes = view
      .all('state')
      .filter((event) => event.topology === topology && event.replica === name);
    const begun = changes.filter(({ phase }) => phase === 'begun');
    for (const [index, change] of begun.entries()) {
      if (change.at >= end) continue;
      // A later state replaces this one for sure once it was witnessed, or was due.
      const later = begun.slice(index + 1);
      const replaced = Math.min(Infinity, ...later.map((each) => heldSince(view, changes, each)));
      if (replaced > sent) holdings.add(change.holding);
    }
  }
  return [...holdings];
}

function heldSince(view: View, changes: readonly EventOf<'state'>[], begun: EventOf<'state'>): number {
  const { at: from, deadline: to = Infinity, topology, replica } = begun;
  // What was still to be seen of an earlier state may be seen after this one has begun.
  const witnessed = changes.find(
    ({ phase, at, holding }) =>
      phase === 'witnessed' && at >= from && isDeepStrictEqual(holding, begun.holding),
  );
  return Math.min(witnessed?.at ?? Infinity, dueAfter(view, { topology, replica, from, to }));
}

/** The replica that served it, or all of them where that is not known. */
export function replicasThatMayServe(view: View, { request, connection }: Exchange) {
  const topology = view.all('topology').find((event) => event.topology === request.topology);
  const replicas = topology?.replicas ?? [];
  return connection.servedBy === null
    ? replicas
    : replicas.filter(({ name }) => name === connection.servedBy);
}
