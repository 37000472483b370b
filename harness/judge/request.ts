import { ACCEPTED, type Verdict } from '../contract/contract.ts';
import { knowledgeOf } from './knowledge.ts';
import { wasAccepted, type Exchange, type View } from './view.ts';

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
  const { contract } = view;
  const right = contract.rightVerdicts(facts, exchange.connection.peer, knowledgeOf(view, exchange));
  const observed = exchange.observed ?? refusedByClosing(view, exchange);
  const asClaimed = claim === null || claim.some((verdict) => observed?.has(verdict));
  return { exchange, right, standing: standing(contract.unknowable, observed, right), asClaimed };
}

function standing(
  unknowable: ReadonlySet<Verdict>,
  observed: ReadonlySet<Verdict> | undefined,
  right: ReadonlySet<Verdict>,
): JudgedRequest['standing'] {
  if (observed === undefined) return 'unknown';
  if ([...observed].some((verdict) => right.has(verdict))) return 'right';
  if ([...observed].some((verdict) => unknowable.has(verdict))) return 'unknown';
  return 'wrong';
}

/** What a connection stands for that ended before any answer, with a signer that says so little of certificates. */
export function refusedByClosing(view: View, exchange: Exchange): ReadonlySet<Verdict> | undefined {
  const { end, connection } = exchange;
  if (end?.type !== 'lost' || (end.how !== 'closed' && end.how !== 'reset')) return undefined;
  return view.contract.readClose(view.run.dialect, connection.peer, knowledgeOf(view, exchange));
}

/** What nobody may wave away: something was let in that must not be. */
export const wronglyAccepted = ({ exchange, standing: how }: JudgedRequest): boolean =>
  how === 'wrong' && wasAccepted(exchange);

/** The answer in words, as a report prints it. */
export function observedWords({ end, observed }: Exchange): string {
  if (end === undefined) return 'no answer recorded';
  if (end.type === 'lost')
    return end.alert === undefined ? `no answer (${end.detail})` : `TLS alert ${end.alert}`;
  const words =
    observed && observed.size > 0 ? [...observed].join(' or ') : 'an answer the dialect has no word for';
  return observed?.has(ACCEPTED) ? words : `${words} (${end.status} ${shorten(end.body)})`;
}

const shorten = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text);
