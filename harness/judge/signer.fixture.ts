import { ACCEPTED, type Peer } from '../contract/contract.ts';
import type { Facts, Reading } from '../contract/signer-auth-v1/facts.ts';
import type { Holding } from '../contract/signer-auth-v1/holding.ts';
import { factsOf } from './history.fixture.ts';

/** A request as a simulated signer sees it. The signature covers the first of its nonces. */
export interface Letter {
  readonly client: string;
  readonly nonces: readonly string[];
  readonly timestamp: string;
  readonly signature: 'hex' | 'not-hex' | 'missing';
  /** The id of the secret that gives this signature; none, where it was made up. */
  readonly signedWith: string | undefined;
  readonly bodyOffered: boolean;
}

/** What a signer may do as it likes. */
export interface Manner {
  /** How it reads a header that was sent twice. */
  readonly reads: 'first' | 'last' | 'joined' | 'refused';
  /** Where it refuses a body that its policy does not admit, if it has one. */
  readonly policy: 'none' | 'before-spending' | 'after-spending';
  /** Where it counts requests, if there are too many. */
  readonly limits: 'before-spending' | 'after-spending';
}

/** A fault planted on purpose. */
export type Defect =
  | 'accepts-twice'
  | 'memory-per-replica'
  | 'looks-before-it-spends'
  | 'never-forgets'
  | 'forgets-early'
  | 'ignores-the-past'
  | 'ignores-the-future'
  | 'keeps-removed-secrets'
  | 'knows-the-first-secret-only'
  | 'accepts-any-signature'
  | 'asks-for-no-certificate'
  | 'spends-before-authentication'
  | 'accepts-during-an-outage';

/** How the facts of a letter look to the judge. */
export function factsOfLetter(letter: Letter): Facts {
  const { client, nonces, timestamp, signature, signedWith, bodyOffered } = letter;
  const read = (nonce: string | null): Reading => ({
    client: client === '' ? null : client,
    timestamp,
    nonce,
    nonceBytes: Buffer.byteLength(nonce ?? ''),
    signature,
    verifies: signedWith !== undefined && nonce === nonces[0] ? [signedWith] : [],
  });
  const repeated = nonces.length > 1;
  const manners = repeated ? (['first', 'last', 'joined', 'refused'] as const) : (['first'] as const);
  const readings = manners.map((reads) => read(nonceRead(letter, reads)));
  return factsOf({ facts: { readings, oddWire: repeated, bodyOffered } });
}

function nonceRead({ nonces }: Letter, reads: Manner['reads']): string | null {
  if (reads === 'refused' && nonces.length > 1) return null;
  if (reads === 'joined') return nonces.join(', ');
  return (reads === 'last' ? nonces.at(-1) : nonces[0]) ?? null;
}

/** A signer without a network: what two replicas decide over one store. It shares no code with the oracle. */
export class SimulatedSigner {
  readonly manner: Manner;
  readonly #defect: Defect | undefined;
  readonly #spent = new Map<string, number>();

  constructor(manner: Manner, defect?: Defect) {
    this.manner = manner;
    this.#defect = defect;
  }

  /** Whether it trusts the certificate a connection shows. */
  trusts(peer: Peer | null, state: Holding, clock: number): boolean {
    if (!state.requireMtls || this.#defect === 'asks-for-no-certificate') return true;
    if (peer === null || !peer.purposes.includes('client')) return false;
    return state.clientTrust.includes(peer.issuer) && clock >= peer.notBefore && clock <= peer.notAfter;
  }

  /** Everything it can say before it asks the store; nothing where it finds no fault. */
  authenticates(letter: Letter, peer: Peer | null, state: Holding, clock: number): string | undefined {
    const { client, timestamp, signature, signedWith } = letter;
    const nonce = nonceRead(letter, this.manner.reads);
    if (client === '') return 'AUTH_INVALID_CLIENT';
    if (!this.trusts(peer, state, clock)) return 'AUTH_MTLS_REQUIRED';
    const secrets = new Map(state.clients).get(client);
    if (secrets === undefined) return 'AUTH_INVALID_CLIENT';
    if (!this.#isFresh(timestamp, state, clock)) return 'AUTH_TIMESTAMP_SKEW';
    const bytes = Buffer.byteLength(nonce ?? '');
    if (nonce === null || bytes < 16 || bytes > 256 || nonce.includes('.')) return 'AUTH_INVALID_NONCE';
    if (signature !== 'hex') return 'AUTH_INVALID_SIGNATURE_FORMAT';
    const known = this.#allowedBy(secrets, client);
    const verifies = signedWith !== undefined && nonce === letter.nonces[0] && known.includes(signedWith);
    return verifies || this.#defect === 'accepts-any-signature' ? undefined : 'AUTH_INVALID_HMAC';
  }

  /** The store's answer, at the moment it gives it. */
  consumes(letter: Letter, replica: string, ttlMs: number, at: number): string {
    const key = this.#keyOf(letter, replica);
    const until = this.#spent.get(key) ?? -Infinity;
    if (at < until && this.#defect !== 'accepts-twice') return 'REPLAY_NONCE_USED';
    const ttl = ttlMs * (this.#defect === 'forgets-early' ? 0.4 : 1);
    this.#spent.set(key, this.#defect === 'never-forgets' ? Infinity : at + ttl);
    return ACCEPTED;
  }

  /** Whether a letter's nonce lies in the store now; for signers that look first and spend later. */
  holds(letter: Letter, replica: string, at: number): boolean {
    return at < (this.#spent.get(this.#keyOf(letter, replica)) ?? -Infinity);
  }

  /** What somebody who looks into the store finds for a nonce. */
  keysHolding(nonce: string, at: number): { key: string; ttlMs: number }[] {
    return [...this.#spent]
      .filter(([key, until]) => key.includes(nonce) && at < until)
      .map(([key, until]) => ({ key, ttlMs: until === Infinity ? -1 : Math.round(until - at) }));
  }

  #keyOf(letter: Letter, replica: string): string {
    const key = JSON.stringify([letter.client, nonceRead(letter, this.manner.reads)]);
    return this.#defect === 'memory-per-replica' ? `${replica} ${key}` : key;
  }

  #isFresh(timestamp: string, { timestampMaxAgeMs }: Holding, clock: number): boolean {
    if (!/^\d+$/.test(timestamp) || !Number.isSafeInteger(Number(timestamp))) return false;
    const age = clock - Number(timestamp);
    const old = age > timestampMaxAgeMs && this.#defect !== 'ignores-the-past';
    const early = -age > timestampMaxAgeMs && this.#defect !== 'ignores-the-future';
    return !old && !early;
  }

  #allowedBy(secrets: readonly string[], client: string): readonly string[] {
    if (this.#defect === 'knows-the-first-secret-only') return secrets.slice(0, 1);
    return this.#defect === 'keeps-removed-secrets' ? [...secrets, `${client}/removed`] : secrets;
  }
}
