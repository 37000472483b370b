import type { Interval } from '../contract/contract.ts';
import { replicasThatMayServe } from './holdings.ts';
import { endOf, type Exchange, type View } from './view.ts';

/** The replica's clock while it may have judged, widened by what we do not know of it. */
export function clockAt(view: View, exchange: Exchange): Interval {
  const replicas = replicasThatMayServe(view, exchange);
  const from = Math.min(...replicas.map(({ clockOffsetMs, clockErrorMs }) => clockOffsetMs - clockErrorMs));
  const to = Math.max(...replicas.map(({ clockOffsetMs, clockErrorMs }) => clockOffsetMs + clockErrorMs));
  const { epochMs } = view.run;
  return { from: epochMs + exchange.request.at + from, to: epochMs + endOf(exchange) + to };
}
