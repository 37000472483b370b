import type { Maybe } from '../contract/contract.ts';
import { holdingsAt } from './holdings.ts';
import { endOf, wasAccepted, type Exchange, type View } from './view.ts';

/** The store keeps time in milliseconds on its own clock; the ends of a retention are known no better than this. */
const retentionErrorMs = 10;

/** Whether this key had been spent when the replica looked, judging by every other request that could have spent it. */
export function spentBefore(view: View, exchange: Exchange, key: string): Maybe {
  let answer: Maybe = 'no';
  for (const other of view.spending(exchange.request.topology, key)) {
    if (other === exchange) continue;
    const spent = spentByOther(view, other, exchange);
    if (spent === 'yes') return 'yes';
    if (spent === 'maybe') answer = 'maybe';
  }
  return answer;
}

function spentByOther(view: View, other: Exchange, exchange: Exchange): Maybe {
  const sent = exchange.request.at;
  const end = endOf(exchange);
  if (other.request.at >= end) return 'no';
  if (!wasAccepted(other)) return mayHaveSpent(view, other) ? 'maybe' : 'no';
  const { least, most } = retention(view, other);
  if (sent > endOf(other) + most) return 'no';
  const surelyBefore = endOf(other) <= sent;
  const surelyKept = end < other.request.at + least;
  return surelyBefore && surelyKept && spentOneKey(other) ? 'yes' : 'maybe';
}

/** One that can be read in several ways has spent the key of one of them, and nobody knows of which. */
export const spentOneKey = ({ keys }: Exchange): boolean => keys.length === 1;

/** How long what this request spent stays spent, under every state its replica may have held. */
export function retention(view: View, exchange: Exchange): { least: number; most: number } {
  const each = holdingsAt(view, exchange).map((holding) => view.contract.retentionMs(holding));
  return { least: Math.min(...each) - retentionErrorMs, most: Math.max(...each) + retentionErrorMs };
}

/**
 * A request nobody answered may have spent its nonce, and so may one that was refused for want of a dependency, by a
 * limit or after it was authenticated. One that was refused as not authenticated may not: that is the contract.
 */
function mayHaveSpent(view: View, { observed, end }: Exchange): boolean {
  if (end === undefined || observed === undefined || observed.size === 0) return true;
  const { unavailable, unknowable, mayHaveSpent: open } = view.contract;
  return [...observed].some(
    (verdict) => unavailable.has(verdict) || unknowable.has(verdict) || open.has(verdict),
  );
}
