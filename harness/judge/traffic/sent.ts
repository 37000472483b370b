import { ACCEPTED, type Verdict, type WireAnswer } from '../../contract/contract.ts';
import type { EventOf } from '../events.ts';
import { clockDuring } from '../clock-at.ts';
import { observe, type Span } from '../exchange.ts';
import { holdingsDuring } from '../holdings.ts';
import { knowledgeDuring } from '../knowledge.ts';
import { leftOpen, spentByAny, type Spender } from '../ledger.ts';
import { decide, isClose, observedWords, type Decided } from '../request.ts';
import type { View } from '../view.ts';
import type { Spending } from './spending.ts';
import type { Counts } from './tally.ts';

/** A request of a stream from when it was written. */
export interface Sent {
  readonly event: EventOf<'sent'>;
  readonly stream: EventOf<'stream'>;
  readonly connection: EventOf<'connection'>;
  readonly facts: unknown;
  readonly keys: readonly string[];
  readonly spending: Spending;
  /** The last step that had begun by then. */
  readonly step: EventOf<'step'> | undefined;
  /** That step had not ended. */
  readonly rolling: boolean;
}

export type End = EventOf<'got'> | EventOf<'gone'>;

/** A request of a stream that has ended, and what the oracle says of it. */
export interface Judged extends Decided {
  readonly sent: Sent;
  readonly end: End;
  readonly span: Span;
  readonly letIn: boolean;
  readonly how: keyof Counts;
  /** What had to become of it; undefined where more than one thing would have been right. */
  readonly due: 'accepted' | 'refused' | undefined;
  /** The clause that letting it in would break. */
  readonly barredBy: string;
  /** The replica that served it held one state, and nobody can doubt which. */
  readonly settled: boolean;
}

/** Judges it by all that is known of standstills so far, and by those who may have spent each of its keys. */
export function judgeSent(
  view: View,
  { sent, end, inWindow }: Ended,
  spenders: (key: string) => readonly Spender[],
): Judged {
  const { facts, connection, spending } = sent;
  const span = spanOf(sent, end);
  const knowledge = knowledgeDuring(view, span, (key) => {
    const others = spenders(key);
    // Nearly always nobody else has ever used it.
    return others.length === 0 || (others.length === 1 && others[0] === spending)
      ? 'no'
      : spentByAny(
          view,
          others.filter((other) => other !== spending),
          { ...span, from: sent.event.at },
        );
  });
  const decided = decide(view, {
    facts,
    peer: connection.peer,
    knowledge,
    observed: observedAt(view, end),
    closed: end.type === 'gone' && isClose(end.how),
  });
  const { observed } = decided;
  const letIn = observed?.has(ACCEPTED) === true;
  const early =
    decided.standing === 'wrong' && !letIn ? judgedEarlier(view, sent, span, observed) : undefined;
  const right = early ? decided.right.union(early) : decided.right;
  const standing = early ? 'right' : decided.standing;
  const due = right.has(ACCEPTED) ? dueIfLetIn(view, right, letIn) : 'refused';
  const settled = knowledge.holdings.length === 1;
  const { contract } = view;
  const barredBy = right.isSubsetOf(contract.unavailable)
    ? contract.failsClosed
    : sent.stream.clauses.accepted;
  const unserved =
    observed === undefined &&
    due === 'accepted' &&
    !inWindow &&
    end.type === 'gone' &&
    shows(end, {
      ofItsOwn: connection.mode === 'fresh',
      tooLong: tookMs({ sent, end }) > view.run.bounds.answersWithinMs,
      atRest: settled && !sent.rolling,
    });
  return {
    right,
    observed,
    standing,
    sent,
    end,
    span,
    letIn,
    due,
    barredBy,
    how: unserved ? 'unserved' : howDecided(standing, letIn),
    settled,
  };
}

/** Whoever was let in although the store might have been away shows as well that nothing else was in his way. */
function dueIfLetIn(view: View, right: ReadonlySet<Verdict>, letIn: boolean): Judged['due'] {
  const besides = letIn ? right.difference(view.contract.unavailable) : right;
  return besides.size === 1 ? 'accepted' : undefined;
}

/**
 * A signer may judge a certificate in the handshake and go by that for as long as the connection lasts, or the session.
 * Whom it refused then it may refuse until he comes again; whom it let in it may not let in for ever.
 */
function judgedEarlier(
  view: View,
  { connection }: Sent,
  span: Span,
  observed: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (connection.mode === 'fresh' || observed === undefined) return undefined;
  // When the session of a resumed one was made is not recorded.
  const from = connection.mode === 'resumed' ? 0 : (connection.since ?? connection.at);
  const held = holdingsDuring(view, { ...span, from });
  const refusals = view.contract.refusesCertificate(
    connection.peer,
    held,
    clockDuring(view, { ...span, from }),
  );
  return refusals.isDisjointFrom(observed) ? undefined : refusals;
}

export interface Ended {
  readonly sent: Sent;
  readonly end: End;
  /** Whether something of its time lies in a window that was declared for where it went. */
  readonly inWindow: boolean;
}

/** A certificate is judged in the handshake: where a connection was opened for a request, its time begins there. */
export const spanOf = (sent: Sent, { at }: { readonly at: number }): Span => ({
  topology: sent.connection.topology,
  replica: sent.connection.servedBy,
  from: openedFrom(sent) ?? sent.event.at,
  to: at,
});

/** When its connection began to be opened, if that was done for it. */
export function openedFrom({ event, connection }: Pick<Sent, 'event' | 'connection'>): number | undefined {
  return connection.at > event.due ? connection.since : undefined;
}

/** From when it was written to its end. */
export const tookMs = ({ sent, end }: Pick<Judged, 'sent' | 'end'>): number => end.at - sent.event.at;

/** Whether it may have spent its nonce without having been let in. */
export const mayHaveSpent = (view: View, { sent, span, observed }: Judged): boolean =>
  leftOpen(view, { span, facts: sent.facts, peer: sent.connection.peer, observed });

/** What was observed, in words. */
export const words = ({ end, observed }: Judged): string =>
  observedWords({ end: end.type === 'got' ? asAnswer(end) : end, observed });

export const place = ({ connection }: Sent): string => connection.servedBy ?? connection.target;

const observedAt = ({ contract, run }: View, end: End) =>
  observe(contract, run.dialect, end.type === 'got' ? asAnswer(end) : end);

const asAnswer = ({ status, body = '' }: EventOf<'got'>): WireAnswer => ({ status, headers: [], body });

/**
 * Whether the want of an answer is the signer's doing. Either side may end a connection that was there before the
 * request, and whom clients believe may lag behind what servers show while a step is being taken.
 */
function shows(
  { how }: EventOf<'gone'>,
  so: { readonly ofItsOwn: boolean; readonly tooLong: boolean; readonly atRest: boolean },
): boolean {
  if (how === 'untrusted') return so.atRest;
  if (how === 'unreachable') return true;
  return so.ofItsOwn || (how === 'timeout' && so.tooLong);
}

function howDecided(standing: Decided['standing'], letIn: boolean): keyof Counts {
  if (standing === 'unknown') return 'unknown';
  if (standing === 'right') return letIn ? 'accepted' : 'refused';
  return letIn ? 'wronglyAccepted' : 'wronglyRefused';
}
