import { ACCEPTED, type Maybe, type Peer, type Verdict } from '../contract/contract.ts';
import { clockDuring } from './clock-at.ts';
import { spanOf, wasAccepted, type Exchange, type Span } from './exchange.ts';
import { mayHaveForgotten } from './faults.ts';
import { holdingsDuring } from './holdings.ts';
import type { View } from './view.ts';

/** The store keeps time in milliseconds on its own clock; the ends of a retention are known no better than this. */
const retentionErrorMs = 10;

/** A request that could have spent a key, and when. */
export interface Spender extends Span {
  readonly accepted: boolean;
  /** One that can be read in several ways has spent the key of one of them, and nobody knows of which. */
  readonly oneKey: boolean;
  /** Asked of what was not accepted. */
  mayHaveSpent(): boolean;
}

/** Whether this key had been spent when the replica looked, judging by every other request that could have spent it. */
export function spentBefore(view: View, exchange: Exchange, key: string): Maybe {
  const others = view.spending(exchange.request.topology, key).filter((other) => other !== exchange);
  return spentByAny(view, asSpenders(view, others), spanOf(exchange));
}

export const asSpenders = (view: View, exchanges: readonly Exchange[]): Spender[] =>
  exchanges.map((exchange) => ({
    ...spanOf(exchange),
    accepted: wasAccepted(exchange),
    oneKey: spentOneKey(exchange),
    mayHaveSpent: () => mayHaveSpent(view, exchange),
  }));

/** Whether any of these had spent the key that they share when a replica looked, at some moment of this span. */
export function spentByAny(view: View, others: readonly Spender[], span: Span): Maybe {
  let answer: Maybe = 'no';
  for (const other of others) {
    if (!other.accepted || other.from >= span.to) continue;
    const spent = spentByAccepted(view, other, span);
    if (spent === 'yes') return 'yes';
    if (spent === 'maybe') answer = 'maybe';
  }
  if (answer === 'maybe') return answer;
  // The others can leave it open at most, and in a race they are many.
  return others.some((other) => !other.accepted && other.from < span.to && other.mayHaveSpent())
    ? 'maybe'
    : 'no';
}

function spentByAccepted(view: View, other: Spender, span: Span): Maybe {
  const { least, most } = retentionDuring(view, other);
  if (span.from > other.to + most) return 'no';
  const surelyBefore = other.to <= span.from;
  const surelyKept = span.to < other.from + least;
  const surely = surelyBefore && surelyKept && other.oneKey && !mayHaveForgotten(view, other, span);
  return surely ? 'yes' : 'maybe';
}

export const spentOneKey = ({ keys }: Pick<Exchange, 'keys'>): boolean => keys.length === 1;

/** How long what this request spent stays spent, under every state its replica may have held. */
export const retention = (view: View, exchange: Exchange): { least: number; most: number } =>
  retentionDuring(view, spanOf(exchange));

function retentionDuring(view: View, span: Span): { least: number; most: number } {
  const each = holdingsDuring(view, span).map((holding) => view.contract.retentionMs(holding));
  return { least: Math.min(...each) - retentionErrorMs, most: Math.max(...each) + retentionErrorMs };
}

/**
 * Whichever of the two the store saw first: a request may lie in a queue while a later one overtakes it. What the store
 * was made to forget in between is not retained.
 */
export const withinOneRetention = (view: View, earlier: Span, later: Span): boolean =>
  !mayHaveForgotten(view, earlier, later) &&
  later.to < earlier.from + retentionDuring(view, earlier).least &&
  earlier.to < later.from + retentionDuring(view, later).least;

/**
 * A request nobody answered may have spent its nonce, and so may one that was refused for want of a dependency, by a
 * limit or after it was authenticated. One that was refused as not authenticated may not: that is the contract.
 */
function mayHaveSpent(view: View, exchange: Exchange): boolean {
  const { end, observed, request, connection } = exchange;
  return (
    end === undefined ||
    leftOpen(view, { span: spanOf(exchange), facts: request.facts, peer: connection.peer, observed })
  );
}

/** Whether what was observed of a request that was not accepted leaves open if it spent its nonce. */
export function leftOpen(view: View, refused: Refused): boolean {
  const { observed } = refused;
  if (observed === undefined || observed.size === 0) return true;
  const { unavailable, unknowable, mayHaveSpent: open } = view.contract;
  for (const verdict of observed)
    if (unavailable.has(verdict) || unknowable.has(verdict) || open.has(verdict)) return true;
  return wentBadUnderWay(view, refused);
}

interface Refused {
  readonly span: Span;
  readonly facts: unknown;
  readonly peer: Peer | null;
  readonly observed: ReadonlySet<Verdict> | undefined;
}

/**
 * It was good when it was sent and no longer when it was answered: time or configuration moved on meanwhile, and the
 * replica may have looked once before it spent the nonce and once after.
 */
function wentBadUnderWay(view: View, { span, facts, peer, observed }: Refused): boolean {
  const right = view.contract.rightVerdicts(facts, peer, {
    holdings: holdingsDuring(view, span),
    clock: clockDuring(view, span),
    spent: () => 'no',
    storeDown: 'no',
  });
  return right.has(ACCEPTED) && [...(observed ?? [])].some((verdict) => right.has(verdict));
}
