import type { z } from 'zod';

/** One promise of a contract. `optional` clauses may be waived by a claim; nothing else may. */
export interface Clause {
  readonly id: string;
  readonly level: Level;
  readonly sentence: string;
  readonly optional?: true;
  /** Only a rotation under traffic decides it. */
  readonly drilled?: true;
}

export type Level = 'must' | 'should';

/** How a request was decided: this one word, or the name of a refusal that the contract defines. */
export const ACCEPTED = 'accepted';
export type Verdict = string;

/** A request as it goes onto the wire. Header values are binary strings: one character, one byte. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly HeaderPair[];
  readonly body: Uint8Array;
  readonly chunked?: boolean;
  /** Exactly these bytes are written instead; the fields above then say what they mean. */
  readonly raw?: Uint8Array;
  /** What was done to it, for people: "as signed", "target changed after signing". */
  readonly label: string;
}

export type HeaderPair = readonly [name: string, value: string];

/** What came back, as far as a judge may see it. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly body: string;
}

/** The client certificate a connection showed, as facts; no certificate is `null`. */
export interface Peer {
  readonly id: string;
  /** The id of the authority that signed it, or its own where nobody else did. */
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly purposes: readonly ('client' | 'server')[];
}

export type Maybe = 'yes' | 'no' | 'maybe';

/** The texts in which two requests of a stream differ, in an order that is the contract's own. */
export type Stamp = readonly string[];

/** What one replica may have known while it judged a request. Sets and intervals, because we only watch from outside. */
export interface Knowledge<Holding> {
  /** Every state the replica could have held at some moment between send and answer. */
  readonly holdings: readonly Holding[];
  /** The replica's own clock over that time, in epoch milliseconds. */
  readonly clock: Interval;
  /** Whether what this request would spend had been spent before. */
  readonly spent: (key: string) => Maybe;
  /** Whether the replay store could be reached. */
  readonly storeDown: Maybe;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A secret the judge's facts may mention by id; the value never leaves the client. */
export interface KnownSecret {
  readonly id: string;
  readonly value: string;
}

/** What a client is made of. */
export interface ClientMaterials {
  readonly id: string;
  /** Its secrets by the name a case gave them; the first is the one it signs with unless told otherwise. */
  readonly secrets: Readonly<Record<string, KnownSecret>>;
  readonly offer: Offer;
  /** The wall clock, in epoch milliseconds. */
  readonly now: () => number;
  /** A nonce nobody has used. */
  readonly nonce: () => string;
}

/** The least that any client can do. */
export interface Signing {
  /** A fresh request that is right in everything. */
  signs(): WireRequest;
}

/** What a contract is to the engine: pure functions and words, no I/O and nothing about any one signer. */
export interface Contract<Facts, Holding, Dialect, Client extends Signing> {
  readonly id: string;
  readonly clauses: readonly Clause[];
  readonly facts: z.ZodType<Facts>;
  readonly holding: z.ZodType<Holding>;
  readonly dialect: z.ZodType<Dialect>;
  /** A client that signs as the contract says; cases make requests with it. */
  client(materials: ClientMaterials): Client;
  /** Every signature that would have been right for this request, to look for where none may be. */
  rightSignatures(request: WireRequest, secrets: readonly KnownSecret[]): readonly string[];
  /** What a judge needs to know of a request, without anything that could be used to sign another. */
  observe(request: WireRequest, secrets: readonly KnownSecret[], offered: Offer): Facts;
  /** What tells one request of a stream from the next, where client, secret, target and body are the same. */
  stampOf(request: WireRequest): Stamp;
  /** The facts of a request that differs from a known one in its stamp alone. */
  restamped(facts: Facts, stamp: Stamp): Facts;
  /** Every verdict that would be right. */
  rightVerdicts(facts: Facts, peer: Peer | null, knowledge: Knowledge<Holding>): ReadonlySet<Verdict>;
  /** The keys a request spends in the replay store when it is accepted; several where it can be read several ways. */
  spends(facts: Facts): readonly string[];
  /** A text that no other request's key holds, to find it by. */
  mark(facts: Facts): string;
  /** The server certificate that a replica in this state shows. */
  shows(holding: Holding): string;
  /** For how long a spent key stays spent, in milliseconds. */
  retentionMs(holding: Holding): number;
  /** Every verdict an answer may stand for; empty where the dialect has no word for it. */
  readAnswer(dialect: Dialect, answer: WireAnswer): ReadonlySet<Verdict>;
  /** The same for a certificate refused in the handshake. */
  readHandshakeRefusal(dialect: Dialect): ReadonlySet<Verdict>;
  /**
   * The verdicts that a connection closed without an answer stands for, where this signer refuses certificates that way
   * and this certificate may be refused; else undefined, since a close by itself says nothing.
   */
  readClose(
    dialect: Dialect,
    peer: Peer | null,
    knowledge: Knowledge<Holding>,
  ): ReadonlySet<Verdict> | undefined;
  /** The refusals that this certificate, or the want of one, meets in some state of these; none where all trust it. */
  refusesCertificate(peer: Peer | null, holdings: readonly Holding[], clock: Interval): ReadonlySet<Verdict>;
  /** Verdicts that say nothing about the contract, a rate limit for one. */
  readonly unknowable: ReadonlySet<Verdict>;
  /** Verdicts by which a signer says that a dependency is not there. */
  readonly unavailable: ReadonlySet<Verdict>;
  /** Refusals that leave open whether the request was spent. */
  readonly mayHaveSpent: ReadonlySet<Verdict>;
  /** What is asked of the wording of every answer. */
  readonly form: readonly FormRule[];
  /** Which clauses the checks over a whole history speak for. */
  readonly checked: Readonly<Record<HistoryCheckName, string>>;
  /** Which clauses the checks over a whole rotation speak for, beside those that its streams name. */
  readonly drilled: Readonly<Record<DrillCheckName, string>>;
  /** The clause by which old and new hold beside each other in a rotation. */
  readonly overlap: string;
  /** The clause by which nothing is let in while a dependency is not there. */
  readonly failsClosed: string;
  /** The part of a refusal that must not differ from one refused request to the next; undefined where it does not apply. */
  fingerprint(answer: WireAnswer, meant: ReadonlySet<Verdict>): string | undefined;
}

/** A rule on how answers are worded, apart from what they decide. */
export interface FormRule {
  readonly id: string;
  readonly clause: string;
  /** What is wrong with it: nothing, in good form; undefined where the rule does not speak of such an answer. */
  remarks(answer: WireAnswer, meant: ReadonlySet<Verdict>): readonly string[] | undefined;
  /** For optional clauses: whether the answer so much as tries. */
  attempted?(answer: WireAnswer): boolean;
}

export type HistoryCheckName =
  | 'never-accepted-twice'
  | 'nothing-disclosed'
  | 'always-answered'
  | 'refusals-alike';

export type DrillCheckName =
  | 'replicas-agree'
  | 'rollback-restores'
  | 'never-accepted-twice'
  | 'changes-survived'
  | 'server-certificate-shown';

/** The endpoint and body that a signer's policy is known to admit. */
export interface Offer {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}
