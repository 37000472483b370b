import {
  ACCEPTED,
  type Contract,
  type Signing,
  type Verdict,
  type WireAnswer,
} from '../contract/contract.ts';
import type { EventOf } from './events.ts';

export type AnyContract = Contract<unknown, unknown, unknown, Signing>;

/** One request with all that is known of what became of it. */
export interface Exchange {
  readonly request: EventOf<'request'>;
  readonly connection: EventOf<'connection'>;
  /** What it may spend when it is accepted: one key for each way to read it. */
  readonly keys: readonly string[];
  end?: EventOf<'answer'> | EventOf<'lost'>;
  /** Every verdict the answer may stand for; undefined where nobody knows what became of the request. */
  observed?: ReadonlySet<Verdict>;
}

/** Where something was under way, and when. */
export interface Span {
  readonly topology: string;
  /** Null where it may be any of the replicas. */
  readonly replica: string | null;
  readonly from: number;
  readonly to: number;
}

/** When the last moment was at which the replica may have judged a request. */
export const endOf = ({ end }: Exchange): number => end?.at ?? Infinity;

export const wasAccepted = ({ observed }: Exchange): boolean => observed?.has(ACCEPTED) === true;

export const spanOf = (exchange: Exchange): Span => ({
  topology: exchange.request.topology,
  replica: exchange.connection.servedBy,
  from: exchange.request.at,
  to: endOf(exchange),
});

/** Every verdict that an end may stand for; undefined where there was no answer and no certificate was named. */
export function observe(
  contract: AnyContract,
  dialect: unknown,
  end: WireAnswer | { readonly alert?: string | undefined },
): ReadonlySet<Verdict> | undefined {
  if ('status' in end) return contract.readAnswer(dialect, end);
  return end.alert !== undefined && certificateAlerts.has(end.alert)
    ? contract.readHandshakeRefusal(dialect)
    : undefined;
}

/** Alerts by which a server refuses the client's certificate, as opposed to the connection. */
const certificateAlerts = new Set([
  'access_denied',
  'bad_certificate',
  'certificate_expired',
  'certificate_required',
  'certificate_revoked',
  'certificate_unknown',
  'decrypt_error',
  'handshake_failure',
  'unknown_ca',
  'unsupported_certificate',
]);
