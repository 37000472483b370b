import { ACCEPTED, type Maybe } from '../contract/contract.ts';
import { clockAt } from './clock-at.ts';
import { holdingsAt } from './holdings.ts';
import { endOf, wasAccepted, type Exchange, type View } from './view.ts';

/** The store keeps time in milliseconds on its own clock; the ends of a retention are known no better than this. */
const retentionErrorMs = 10;

/** Whether this key had been spent when the replica looked, judging by every other request that could have spent it. */
export function spentBefore(view: View, exchange: Exchange, key: string): Maybe {
  const end = endOf(exchange);
  const others = view
    .spending(exchange.request.topology, key)
    .filter((other) => other !== exchange && other.request.at < end);
  let answer: Maybe = 'no';
  for (const other of others) {
    if (!wasAccepted(other)) continue;
    const spent = spentByAccepted(view, other, exchange);
    if (spent === 'yes') return 'yes';
    if (spent === 'maybe') answer = 'maybe';
  }
  if (answer === 'maybe') return answer;
  // The others can leave it open at most, and in a race they are many.
  return others.some((other) => !wasAccepted(other) && mayHaveSpent(view, other)) ? 'maybe' : 'no';
}

function spentByAccepted(view: View, other: Exchange, exchange: Exchange): Maybe {
  const sent = exchange.request.at;
  const { least, most } = retention(view, other);
  if (sent > endOf(other) + most) return 'no';
  const surelyBefore = endOf(other) <= sent;
  const surelyKept = endOf(exchange) < other.request.at + least;
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
function mayHaveSpent(view: View, exchange: Exchange): boolean {
  const { observed, end } = exchange;
  if (end === undefined || observed === undefined || observed.size === 0) return true;
  if (wentBadUnderWay(view, exchange)) return true;
  const { unavailable, unknowable, mayHaveSpent: open } = view.contract;
  return [...observed].some(
    (verdict) => unavailable.has(verdict) || unknowable.has(verdict) || open.has(verdict),
  );
}

/**
 * It was good when it was sent and no longer when it was answered: time or configuration moved on meanwhile, and the
 * replica may have looked once before it spent the nonce and once after.
 */
function wentBadUnderWay(view: View, exchange: Exchange): boolean {
  const { request, connection, observed } = exchange;
  const right = view.contract.rightVerdicts(request.facts, connection.peer, {
    holdings: holdingsAt(view, exchange),
    clock: clockAt(view, exchange),
    spent: () => 'no',
    storeDown: 'no',
  });
  return right.has(ACCEPTED) && [...(observed ?? [])].some((verdict) => right.has(verdict));
}
