import { wallClockMs } from '../../clock.ts';
import type { Contract, Offer, Signing, WireRequest } from '../../contract/contract.ts';
import { unguessable } from '../../seed.ts';
import type { EventOf } from '../../judge/events.ts';
import type { Answer, Lost } from '../../traffic/answer.ts';
import type { Unopened } from '../../traffic/wire.ts';
import type { Canaries } from '../canaries.ts';
import type { PlannedClient } from '../clients.ts';
import type { Passage } from '../door.ts';
import { unopened } from '../recorder.ts';
import type { AnswerSearch } from './answer-search.ts';
import type { SpentNonces } from './nonces.ts';
import type { StreamPlan, Turn, Use } from './procedure.ts';
import type { Mode, Opened, Place, Way, Ways } from './ways.ts';

/** What streams have in common. */
export interface StreamGround<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly passage: Passage;
  readonly offer: Offer;
  readonly canaries: Canaries;
  readonly ways: Ways;
  readonly search: AnswerSearch;
  /** What honest clients do now. */
  readonly use: () => Use;
}

export interface StreamParts<Client extends Signing> extends StreamGround<Client> {
  readonly plan: StreamPlan<Client>;
  readonly place: Place;
  readonly mode: Mode;
  readonly client: PlannedClient;
  readonly nonces: SpentNonces;
}

/** Something that goes on while a request lies half written. */
export interface Held {
  /** Its connection is there, and its first half is being written. */
  readonly begun: () => void;
  readonly until: Promise<unknown>;
}

/** Requests of one plan, one way and one kind of connection. */
export class Stream<Client extends Signing> {
  readonly place: string;
  /** Whether it is what honest clients send who open a connection for each request. */
  readonly isHonestAndFresh: boolean;
  readonly #parts: StreamParts<Client>;
  readonly #client: Client;
  readonly #turn: Turn;
  #suspended = false;
  /** Whether what it sends rests on the secret that honest clients use. */
  #goesByTheSecret = false;
  /** The nonce that the request being made was given. */
  #nonce: string | undefined;
  /** Under which id it was declared, while clients signed with this secret. */
  #declared: { readonly id: string; readonly secret: string } | undefined;
  #sampled = 0;

  constructor(parts: StreamParts<Client>) {
    const { plan, place, contract, client, offer, nonces, passage } = parts;
    this.#parts = parts;
    this.place = place.name;
    this.isHonestAndFresh = plan.honest && parts.mode === 'fresh';
    const { timestampMaxAgeMs } = passage.topology.replicas[0]!.state;
    const now = (): number => passage.recorder.history.at();
    const salt = unguessable(12);
    let made = 0;
    this.#client = contract.client({
      id: client.id,
      secrets: Object.fromEntries(
        Object.entries(client.secrets).map(([name, each]) => [name, { id: each.id, value: each.reveal() }]),
      ),
      offer,
      now: wallClockMs,
      nonce: () => {
        made += 1;
        this.#nonce = `${salt}-${made.toString(36).padStart(7, '0')}`;
        return this.#nonce;
      },
    });
    const secretAsked = (): string => {
      this.#goesByTheSecret = true;
      return this.#secretInUse();
    };
    this.#turn = {
      get secret() {
        return secretAsked();
      },
      limits: { timestampMaxAgeMs },
      spentNonce: () => nonces.still(now(), place.name),
      expiredNonce: () => nonces.expired(now()),
    };
  }

  /** Whether it does anything else since clients did this. */
  goesOnOtherwiseThan(before: Use): boolean {
    const { plan, use } = this.#parts;
    const { secrets, identity, trust } = use();
    return (
      (this.#goesByTheSecret && secrets[plan.client] !== before.secrets[plan.client]) ||
      (plan.identity === 'in-use' && identity !== before.identity) ||
      trust.join() !== before.trust.join()
    );
  }

  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
  }

  /** Sends the next request, where there is one to be sent. */
  async send(due: number, held?: Held): Promise<void> {
    if (this.#suspended) return;
    const { plan, ways, place, mode, passage } = this.#parts;
    const taken = passage.recorder.history.at();
    this.#nonce = undefined;
    const request = plan.makes(this.#client, this.#turn);
    if (!request) return;
    const nonce = this.#nonce;
    const stream = this.#declare(request);
    this.#sample(request);
    const use = this.#parts.use();
    const identity = plan.identity === 'in-use' ? use.identity : plan.identity;
    const way: Way = { place, mode, identity, trust: use.trust };
    const opened = await ways.take(way);
    if (!opened) return;
    await this.#exchange({ request, nonce, stream, opened, due, taken, held });
    ways.giveBack(opened, way);
  }

  drop(due: number): void {
    const { history } = this.#parts.passage.recorder;
    if (this.#suspended || !this.#declared) return;
    history.append({ type: 'dropped', at: history.at(), stream: this.#declared.id, due: history.at(due) });
  }

  async #exchange(errand: {
    readonly request: WireRequest;
    readonly nonce: string | undefined;
    readonly stream: string;
    readonly opened: Opened;
    readonly due: number;
    readonly taken: number;
    readonly held: Held | undefined;
  }): Promise<void> {
    const { passage, contract, nonces, mode } = this.#parts;
    const { history } = passage.recorder;
    const { request, nonce, stream, opened, due, taken, held } = errand;
    const { connection } = opened;
    held?.begun();
    const id = nextId('q');
    const sentAt = history.at();
    history.append({
      type: 'sent',
      at: sentAt,
      id,
      stream,
      connection: opened.id,
      due: history.at(due),
      ...(sentAt - taken > 1 && { taken }),
      stamp: [...contract.stampOf(request)],
    });
    const came =
      connection.kind === 'unopened'
        ? connection
        : await connection.send(held ? { ...request, halfUntil: held.until } : request, {
            deadlineMs: passage.deadlineMs,
          });
    const accepted = this.#record(id, mode === 'kept' ? orClosed(came) : came);
    if (accepted && nonce !== undefined) {
      nonces.add({ nonce, by: opened.servedBy, sentAt, answeredAt: history.at() });
    }
  }

  #record(id: string, outcome: Answer | Lost | Unopened): boolean {
    const { passage, canaries, search } = this.#parts;
    const { history } = passage.recorder;
    if (outcome.kind !== 'answer') {
      // Whoever interrupts a run has us end what is under way, which is nobody's failure to answer.
      if (passage.signal.aborted) return false;
      history.append({
        type: 'gone',
        at: history.at(),
        id,
        how: howItWent(outcome),
        ...(outcome.alert !== undefined && { alert: outcome.alert }),
        detail: canaries.redact(outcome.detail),
      });
      return false;
    }
    const { status, answeredAtMs } = outcome;
    const body = search.body(outcome);
    const accepted = status >= 200 && status < 300;
    history.append({
      type: 'got',
      at: history.at(answeredAtMs),
      id,
      status,
      ...(!accepted && { body }),
    });
    return accepted;
  }

  #secretInUse(): string {
    const { plan, use } = this.#parts;
    return use().secrets[plan.client] ?? '';
  }

  /** Anew when clients sign with another secret, since that may change what its requests are. */
  #declare(request: WireRequest): string {
    const secret = this.#secretInUse();
    if (this.#declared?.secret === secret) return this.#declared.id;
    const { plan, place, mode, contract, passage, offer } = this.#parts;
    const { recorder, occasion, topology } = passage;
    const id = nextId('s');
    this.#declared = { id, secret };
    this.#sampled = 0;
    recorder.history.append({
      type: 'stream',
      at: recorder.history.at(),
      id,
      case: occasion.case,
      topology: topology.name,
      target: place.name,
      mode,
      credential: plan.credential,
      honest: plan.honest,
      clauses: { ...plan.clauses },
      facts: contract.observe(request, occasion.secrets, offer),
    });
    return id;
  }

  /** The right signatures of some requests are looked for in answers; all of them would be too many to remember. */
  #sample(request: WireRequest): void {
    if (this.#sampled >= SAMPLES) return;
    this.#sampled += 1;
    const { contract, passage, canaries } = this.#parts;
    const { occasion } = passage;
    for (const signature of contract.rightSignatures(request, occasion.secrets)) {
      canaries.watchSignature(signature, `a right signature of ${occasion.case}`);
    }
  }
}

const SAMPLES = 20;

/** A server ends a connection on which it heard nothing for long by a 408, though a request may be on its way by then. */
function orClosed(came: Answer | Lost | Unopened): Answer | Lost | Unopened {
  if (came.kind !== 'answer' || came.status !== 408) return came;
  const { sentAtMs, answeredAtMs: endedAtMs } = came;
  const detail = 'it was closed with a 408, as idle';
  return { kind: 'lost', sentAtMs, endedAtMs, how: 'closed', written: true, bytesReceived: true, detail };
}

/** That we would not believe a server is told apart: it may be right by what it was given. */
function howItWent(outcome: Lost | Unopened): EventOf<'gone'>['how'] {
  if (outcome.kind === 'lost') return outcome.how;
  return outcome.how === 'untrusted' ? 'untrusted' : unopened[outcome.how];
}

/** No two in this process, and so in any history it writes. Short, since there are very many. */
function nextId(kind: string): string {
  given += 1;
  return `${kind}${given.toString(36)}`;
}
let given = 0;
