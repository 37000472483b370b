import { ACCEPTED, type Interval, type Knowledge, type Maybe, type Peer } from '../contract.ts';
import type { Facts, Reading } from './facts.ts';
import { nonceBytes } from './headers.ts';
import type { Holding } from './holding.ts';
import { replayKey } from './canonical.ts';
import { refusedAfterAuthentication, type Refusal, type SignerAuthVerdict } from './verdicts.ts';

/**
 * Every verdict that would be right for this request, given all that the replica may have known while it judged.
 * More than one means that we cannot tell from outside which of them the contract asks for.
 */
export function rightVerdicts(
  facts: Facts,
  peer: Peer | null,
  knowledge: Knowledge<Holding>,
): ReadonlySet<SignerAuthVerdict> {
  const right = new Set<SignerAuthVerdict>();
  for (const reading of facts.readings) {
    for (const holding of knowledge.holdings) {
      for (const verdict of judge({ facts, reading, peer, holding, knowledge })) right.add(verdict);
    }
  }
  if (facts.oddWire) right.add('MALFORMED_REQUEST');
  if (!facts.endpointOffered)
    for (const verdict of ['NOT_SERVED', 'MALFORMED_REQUEST'] as const) right.add(verdict);
  return right;
}

interface Case {
  readonly facts: Facts;
  readonly reading: Reading;
  readonly peer: Peer | null;
  readonly holding: Holding;
  readonly knowledge: Knowledge<Holding>;
}

/** The contract's checks in the contract's order: what breaks a rule, and what it is refused as. */
const rules: readonly (readonly [(c: Case) => Maybe, readonly Refusal[]])[] = [
  [clientMissing, ['AUTH_INVALID_CLIENT']],
  [
    ({ peer, holding, knowledge }) => peerNotAuthenticated(peer, holding, knowledge.clock),
    ['AUTH_MTLS_REQUIRED'],
  ],
  [clientUnknown, ['AUTH_INVALID_CLIENT']],
  [timestampWrong, ['AUTH_TIMESTAMP_SKEW']],
  [nonceWrong, ['AUTH_INVALID_NONCE']],
  [signatureNotHex, ['AUTH_INVALID_SIGNATURE_FORMAT']],
  [noAllowedSecret, ['AUTH_INVALID_HMAC']],
  [rememberedAsSpent, ['REPLAY_NONCE_USED']],
  // The public vectors' reference maps a store failure to the second code; both fail closed.
  [({ knowledge }) => knowledge.storeDown, ['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR']],
  [({ reading, knowledge }) => knowledge.spent(spentBy(reading)), ['REPLAY_NONCE_USED']],
];

function judge(c: Case): SignerAuthVerdict[] {
  const right: SignerAuthVerdict[] = [];
  for (const [broken, refusedAs] of rules) {
    const answer = broken(c);
    if (answer !== 'no') right.push(...refusedAs);
    if (answer === 'yes') return right;
  }
  right.push(ACCEPTED);
  if (!c.facts.bodyOffered) right.push(...refusedAfterAuthentication);
  return right;
}

function clientMissing({ reading }: Case): Maybe {
  return yes(reading.client === null);
}

/** Whether this certificate, or the want of one, is refused in this state at some moment of this time. */
export function peerNotAuthenticated(peer: Peer | null, holding: Holding, clock: Interval): Maybe {
  if (!holding.requireMtls) return 'no';
  if (peer === null || !peer.purposes.includes('client') || !holding.clientTrust.includes(peer.issuer))
    return 'yes';
  return opposite(within(clock, { from: peer.notBefore, to: peer.notAfter }));
}

function clientUnknown({ reading, holding }: Case): Maybe {
  return yes(secretsOf(reading, holding) === undefined);
}

function timestampWrong({ reading, holding, knowledge }: Case): Maybe {
  const { timestamp } = reading;
  if (timestamp === null || !/^[0-9]+$/.test(timestamp) || !Number.isSafeInteger(Number(timestamp)))
    return 'yes';
  const at = Number(timestamp);
  const age = holding.timestampMaxAgeMs;
  return opposite(within(knowledge.clock, { from: at - age, to: at + age }));
}

function nonceWrong({ reading }: Case): Maybe {
  const { nonce, nonceBytes: length } = reading;
  return yes(nonce === null || length < nonceBytes.least || length > nonceBytes.most || nonce.includes('.'));
}

function signatureNotHex({ reading }: Case): Maybe {
  if (reading.signature === 'missing' || reading.signature === 'not-hex') return 'yes';
  // Half a byte at the end: hex digits throughout, and yet no hex string. Either reading is fair.
  return reading.signature === 'odd-hex' ? 'maybe' : 'no';
}

function noAllowedSecret({ reading, holding }: Case): Maybe {
  const allowed = secretsOf(reading, holding) ?? [];
  return yes(!reading.verifies.some((id) => allowed.includes(id)));
}

/** A replica may remember of itself that a nonce is spent; that it is not, only the store can say. */
function rememberedAsSpent({ reading, knowledge }: Case): Maybe {
  return knowledge.storeDown === 'yes' && knowledge.spent(spentBy(reading)) !== 'no' ? 'maybe' : 'no';
}

/** The key this reading of a request spends when it is accepted. */
export const spentBy = ({ client, nonce }: Reading): string => replayKey(client ?? '', nonce ?? '');

function secretsOf(reading: Reading, holding: Holding): readonly string[] | undefined {
  return holding.clients.find(([id]) => id === reading.client)?.[1];
}

/** Whether a moment somewhere in `when` lies in `window`: surely, surely not, or perhaps. */
function within(when: Interval, window: Interval): Maybe {
  if (when.from >= window.from && when.to <= window.to) return 'yes';
  return when.to < window.from || when.from > window.to ? 'no' : 'maybe';
}

const yes = (condition: boolean): Maybe => (condition ? 'yes' : 'no');
const opposite = (answer: Maybe): Maybe => (answer === 'maybe' ? 'maybe' : yes(answer === 'no'));
