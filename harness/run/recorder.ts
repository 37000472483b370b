import {
  ACCEPTED,
  type KnownSecret,
  type Offer,
  type Verdict,
  type WireRequest,
} from '../contract/contract.ts';
import type { History } from '../judge/history.ts';
import type { View } from '../judge/view.ts';
import type { Answer, Lost } from '../traffic/answer.ts';
import type { Connection } from '../traffic/connection.ts';
import type { IssuedIdentity } from '../traffic/identities.ts';
import type { Unopened } from '../traffic/wire.ts';
import type { Canaries, Leak } from './canaries.ts';
import type { ServerIdentity } from './credentials.ts';
import type { Seen } from './scenario.ts';

/** On whose behalf something is recorded. */
export interface Occasion {
  readonly case: string;
  readonly attempt: number;
  readonly topology: string;
  readonly secrets: readonly KnownSecret[];
  /** In a case about several clauses, the one that is decided where nothing else is said. */
  readonly about?: string;
}

/** Writes what is sent and answered into the history, with the facts a judge needs and nothing anybody could use. */
export class Recorder {
  readonly history: History;
  readonly #view: View;
  readonly #contract: View['contract'];
  readonly #offer: Offer;
  readonly #canaries: Canaries;
  readonly #facts = new WeakMap<WireRequest, unknown>();
  readonly #answers = new Map<string, { bytes: number; leaks: Leak[] }>();
  #requests = 0;
  #connections = 0;

  constructor(parts: { history: History; view: View; offer: Offer; canaries: Canaries }) {
    this.history = parts.history;
    this.#view = parts.view;
    this.#contract = parts.view.contract;
    this.#offer = parts.offer;
    this.#canaries = parts.canaries;
  }

  connection(opened: {
    topology: string;
    target: string;
    identity: IssuedIdentity | undefined;
    connection: Connection | Unopened;
    servedBy: string | undefined;
    /** What it was shown, where that is known. */
    server: ServerIdentity | undefined;
    /** When we began to open it, on the run's clock. */
    since: number;
    mode: 'fresh' | 'kept' | 'resumed';
  }): string {
    const { topology, target, identity, connection, servedBy, server, since, mode } = opened;
    this.#connections += 1;
    const id = `c${this.#connections}`;
    this.history.append({
      type: 'connection',
      at: this.history.at(),
      id,
      topology,
      target,
      mode,
      peer: identity ? { ...identity.facts, purposes: [...identity.facts.purposes] } : null,
      servedBy: servedBy ?? null,
      resumed: connection.kind === 'connection' && connection.resumed,
      since,
      ...(server && { shown: server.identity.id }),
    });
    return id;
  }

  /** The facts of a request, worked out before its connection is used, so that sending follows at once. */
  prepare(request: WireRequest, { case: inCase, secrets }: Occasion): void {
    if (this.#facts.has(request)) return;
    this.#facts.set(request, this.#contract.observe(request, secrets, this.#offer));
    for (const signature of this.#contract.rightSignatures(request, secrets)) {
      this.#canaries.watchSignature(signature, `a right signature of ${inCase}`);
    }
  }

  sending(
    request: WireRequest,
    occasion: Occasion,
    connection: string,
    claim: readonly Verdict[] | null,
    about = occasion.about,
  ): string {
    this.prepare(request, occasion);
    this.#requests += 1;
    const id = `r${this.#requests}`;
    this.history.append({
      type: 'request',
      at: this.history.at(),
      id,
      case: occasion.case,
      attempt: occasion.attempt,
      topology: occasion.topology,
      connection,
      claim: claim === null ? null : [...claim],
      ...(about !== undefined && { about }),
      label: request.label,
      facts: this.#facts.get(request),
    });
    return id;
  }

  ended(request: string, topology: string, outcome: Answer | Lost | Unopened): Seen {
    if (outcome.kind === 'answer') return this.#answered(request, topology, outcome);
    const how = outcome.kind === 'lost' ? outcome.how : unopened[outcome.how];
    this.history.append({
      type: 'lost',
      at: this.history.at(),
      request,
      how,
      ...(outcome.alert !== undefined && { alert: outcome.alert }),
      detail: this.#canaries.redact(outcome.detail),
    });
    return { accepted: false, lost: outcome.detail };
  }

  /** What was searched in the answers of each topology so far. */
  answersScanned(): void {
    for (const [topology, { bytes, leaks }] of this.#answers) {
      this.history.append({
        type: 'scan',
        at: this.history.at(),
        where: 'answers',
        topology,
        replica: null,
        bytes,
        needles: this.#canaries.count,
        leaks,
      });
    }
  }

  #answered(request: string, topology: string, answer: Answer): Seen {
    const body = answer.body.toString('utf8');
    const whole = `${answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${body}`;
    const leaks = this.#canaries.search(whole);
    const scanned = this.#answers.get(topology) ?? { bytes: 0, leaks: [] };
    scanned.bytes += whole.length;
    scanned.leaks.push(...leaks);
    this.#answers.set(topology, scanned);
    // Nearly every answer is clean, and then there is nothing to take out of it.
    const clean = (text: string): string => (leaks.length > 0 ? this.#canaries.redact(text) : text);
    this.history.append({
      type: 'answer',
      at: this.history.at(answer.answeredAtMs),
      request,
      status: answer.status,
      headers: answer.headers.map(([name, value]): [string, string] => [name, clean(value)]),
      body: clean(body),
    });
    const observed = this.#view.exchange(request)?.observed;
    return {
      status: answer.status,
      headers: answer.headers,
      body,
      accepted: observed?.has(ACCEPTED) === true,
    };
  }
}

/** A connection that never came to be, in the words for a request that got no answer. */
export const unopened = {
  refused: 'alert',
  untrusted: 'malformed',
  unreachable: 'unreachable',
  reset: 'reset',
  closed: 'closed',
  timeout: 'timeout',
  malformed: 'malformed',
} as const;
