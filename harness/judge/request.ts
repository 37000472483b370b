import { ACCEPTED, type Knowledge, type Peer, type Verdict, type WireAnswer } from '../contract/contract.ts';
import type { EventOf } from './events.ts';
import { wasAccepted, type Exchange } from './exchange.ts';
import { knowledgeOf } from './knowledge.ts';
import type { View } from './view.ts';

/** One request judged by the oracle. */
export interface JudgedRequest {
  readonly exchange: Exchange;
  readonly right: ReadonlySet<Verdict>;
  /** right: the answer may be right; wrong: no right verdict fits it; unknown: nobody can say what was answered. */
  readonly standing: 'right' | 'wrong' | 'unknown';
  /** The verdict the case counts on is among those observed. */
  readonly asClaimed: boolean;
}

/** Asks the oracle which verdicts would have been right and whether the answer can stand for one of them. */
export function judgeRequest(view: View, exchange: Exchange): JudgedRequest {
  const { facts, claim } = exchange.request;
  const { observed, ...decided } = decide(view, {
    facts,
    peer: exchange.connection.peer,
    knowledge: knowledgeOf(view, exchange),
    observed: exchange.observed,
    closed: wasClosed(exchange.end),
  });
  const asClaimed = claim === null || claim.some((verdict) => observed?.has(verdict));
  return { exchange, ...decided, asClaimed };
}

/** A request that has ended, with what its replica may have known. */
interface Ended {
  readonly facts: unknown;
  readonly peer: Peer | null;
  readonly knowledge: Knowledge<unknown>;
  readonly observed: ReadonlySet<Verdict> | undefined;
  readonly closed: boolean;
}

export interface Decided extends Pick<JudgedRequest, 'right' | 'standing'> {
  /** With what a close stands for, where it stands for anything. */
  readonly observed: ReadonlySet<Verdict> | undefined;
}

export function decide({ contract, run }: View, ended: Ended): Decided {
  const { facts, peer, knowledge, closed } = ended;
  const right = contract.rightVerdicts(facts, peer, knowledge);
  const observed = ended.observed ?? (closed ? contract.readClose(run.dialect, peer, knowledge) : undefined);
  return { right, observed, standing: standing(contract.unknowable, observed, right) };
}

function standing(
  unknowable: ReadonlySet<Verdict>,
  observed: ReadonlySet<Verdict> | undefined,
  right: ReadonlySet<Verdict>,
): JudgedRequest['standing'] {
  if (observed === undefined) return 'unknown';
  if (!observed.isDisjointFrom(right)) return 'right';
  return observed.isDisjointFrom(unknowable) ? 'wrong' : 'unknown';
}

/** What a connection stands for that ended before any answer, with a signer that says so little of certificates. */
export function refusedByClosing(view: View, exchange: Exchange): ReadonlySet<Verdict> | undefined {
  if (!wasClosed(exchange.end)) return undefined;
  return view.contract.readClose(view.run.dialect, exchange.connection.peer, knowledgeOf(view, exchange));
}

const wasClosed = (end: Exchange['end']): boolean => end?.type === 'lost' && isClose(end.how);

export const isClose = (how: EventOf<'gone'>['how']): boolean => how === 'closed' || how === 'reset';

/** What nobody may wave away: something was let in that must not be. */
export const wronglyAccepted = ({ exchange, standing: how }: JudgedRequest): boolean =>
  how === 'wrong' && wasAccepted(exchange);

/** The answer in words, as a report prints it. */
export function observedWords(seen: {
  readonly end?: WireAnswer | { readonly alert?: string | undefined; readonly detail: string };
  readonly observed?: ReadonlySet<Verdict> | undefined;
}): string {
  const { end, observed } = seen;
  if (end === undefined) return 'no answer recorded';
  if (!('status' in end))
    return end.alert === undefined ? `no answer (${end.detail})` : `TLS alert ${end.alert}`;
  const words =
    observed && observed.size > 0 ? [...observed].join(' or ') : 'an answer the dialect has no word for';
  return observed?.has(ACCEPTED) ? words : `${words} (${end.status} ${shorten(end.body)})`;
}

const shorten = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text);
