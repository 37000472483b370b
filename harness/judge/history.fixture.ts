import { ACCEPTED, type Peer, type Verdict } from '../contract/contract.ts';
import type { Facts, Reading } from '../contract/signer-auth-v1/facts.ts';
import type { Holding } from '../contract/signer-auth-v1/holding.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { errorCodes } from '../contract/signer-auth-v1/verdicts.ts';
import type { Planned } from './case.ts';
import type { EventOf, HistoryEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { View } from './view.ts';

/** The wall clock at time 0 of every made-up history. */
export const EPOCH = 1_700_000_000_000;

export const TOPOLOGY = 'usual';

export const bounds = {
  answersWithinMs: 2000,
  failClosedWithinMs: 2000,
  appliesWithinMs: 5000,
  recoversWithinMs: 5000,
};

export const holding: Holding = {
  clients: [
    ['one', ['one/current']],
    ['other', ['other/current']],
  ],
  clientTrust: ['old'],
  requireMtls: true,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
  server: 'server-1',
  storeNamespace: '0:nonce:',
};

export const validPeer: Peer = {
  id: 'client-valid',
  issuer: 'old',
  notBefore: EPOCH - 86_400_000,
  notAfter: EPOCH + 86_400_000,
  purposes: ['client'],
};

export const plainDialect = signerAuthV1.dialect.parse({});

/** As many public signers answer: one status, a sentence, no code. */
export const bareDialect = signerAuthV1.dialect.parse({
  answers: [
    { status: 401, error: 'replay', means: ['REPLAY_NONCE_USED'] },
    {
      status: 401,
      means: Object.keys(errorCodes).filter((code) => code.startsWith('AUTH_')),
    },
  ],
});

/** A case as the plan of a run names it. */
export const plannedCase = (id: string, change: Partial<Planned> = {}): Planned => ({
  id,
  clause: 'replay/single-use',
  level: 'must',
  kind: 'case',
  judgedBy: [],
  ...change,
});

export const plannedCheck = (id: string, clause: string, level: Planned['level'] = 'must'): Planned => ({
  id,
  clause,
  level,
  kind: 'check',
  judgedBy: [],
});

/** The facts of a request that is right in everything, but for what is given. */
export function factsOf(change: Partial<Reading> & { readonly facts?: Partial<Facts> } = {}): Facts {
  const { facts = {}, ...reading } = change;
  return {
    readings: [
      {
        client: 'one',
        timestamp: String(EPOCH),
        nonce: '0123456789abcdef',
        nonceBytes: 16,
        signature: 'hex',
        verifies: ['one/current'],
        ...reading,
      },
    ],
    oddWire: false,
    endpointOffered: true,
    bodyOffered: true,
    method: 'POST',
    target: '/v1/sign/session-transaction',
    bodyDigest: '00',
    ...facts,
  };
}

/** An answer in the contract's own words. */
export function answerOf(verdict: Verdict): Pick<EventOf<'answer'>, 'status' | 'headers' | 'body'> {
  const headers: [string, string][] = [['content-type', 'application/json']];
  if (verdict === ACCEPTED) return { status: 200, headers, body: '{"ok":true}' };
  const plain = plainStatus[verdict];
  if (plain !== undefined) return { status: plain, headers, body: '' };
  const status = errorCodes[verdict as keyof typeof errorCodes];
  const words = { error: 'refused', errorCode: verdict, requestId: 'r', retryable: false };
  return { status, headers, body: JSON.stringify(words) };
}

const plainStatus: Readonly<Record<string, number>> = { MALFORMED_REQUEST: 400, NOT_SERVED: 404 };

/** One request and what became of it. Without an answer, a verdict or a loss it is still under way. */
export interface Episode {
  readonly at: number;
  readonly until?: number;
  readonly case?: string;
  readonly attempt?: number;
  readonly topology?: string;
  /** The door it goes to; the replica of that name serves it. */
  readonly to?: string;
  readonly servedBy?: string | null;
  readonly mode?: EventOf<'connection'>['mode'];
  readonly peer?: Peer | null;
  readonly claim?: readonly Verdict[] | null;
  readonly about?: string;
  readonly label?: string;
  readonly client?: string;
  readonly nonce?: string;
  readonly timestamp?: string;
  /** The id of the secret it was signed with. */
  readonly with?: string;
  readonly facts?: Facts;
  readonly verdict?: Verdict;
  readonly answer?: { readonly status: number; readonly body?: string };
  readonly lost?: EventOf<'lost'>['how'];
  readonly alert?: string;
}

/** A stream of requests; those of one go to one replica, on connections of one kind. */
export interface Streaming {
  readonly id: string;
  readonly at?: number;
  readonly case?: string;
  readonly topology?: string;
  readonly to?: string;
  readonly mode?: EventOf<'stream'>['mode'];
  readonly credential?: string;
  readonly honest?: boolean;
  readonly clauses?: EventOf<'stream'>['clauses'];
  /** The id of the secret its requests are signed with. */
  readonly with?: string;
  readonly peer?: Peer | null;
}

/** One request of a stream. Without a verdict or a loss it is still under way. */
export interface Turn extends Pick<Episode, 'at' | 'until' | 'nonce' | 'timestamp' | 'verdict' | 'answer'> {
  readonly servedBy?: string | null;
  readonly due?: number;
  /** When its connection began to be opened, where that is done for it. */
  readonly since?: number;
  readonly gone?: EventOf<'gone'>['how'];
  readonly alert?: string;
}

export const COURSE = 'secret-rotation';

export const plannedClause = (clause: string, change: Partial<Planned> = {}): Planned =>
  plannedCase(COURSE, { clause, kind: 'procedure', ...change });

/** What a run begins with. */
export type Beginning = Partial<EventOf<'run'>> & { readonly holding?: Holding; readonly clock?: Clock };

export interface Clock {
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
}

const exactClock: Clock = { clockOffsetMs: 0, clockErrorMs: 0 };

/** A made-up history: a run and one topology of two replicas to begin with, told on event by event. */
export class Story {
  readonly events: HistoryEvent[] = [];
  readonly view = new View(signerAuthV1);
  #requests = 0;
  readonly #streams = new Map<string, Streaming & { readonly kept: string | undefined }>();

  constructor(change: Beginning = {}) {
    const { holding: first = holding, clock = exactClock, ...run } = change;
    this.tell({
      type: 'run',
      at: 0,
      schema: 1,
      contract: signerAuthV1.id,
      signer: 'made up',
      seed: 1,
      epochMs: EPOCH,
      dialect: plainDialect,
      claims: {},
      bounds,
      reproduce: 'keydrill gate --only {id} --seed 1',
      planned: [],
      ...run,
    });
    this.topology(TOPOLOGY, first, clock);
  }

  tell(event: HistoryEvent): void {
    this.events.push(event);
    this.view.add(event);
  }

  topology(name: string, state: Holding = holding, clock: Clock = exactClock): void {
    const replicas = ['replica-1', 'replica-2'];
    const known = replicas.map((replica) => ({ name: replica, ...clock }));
    this.tell({ type: 'topology', at: 0, topology: name, replicas: known });
    for (const replica of replicas) this.state('begun', 0, state, { replica, topology: name });
  }

  state(
    phase: 'begun' | 'witnessed',
    at: number,
    state: Holding,
    where: { replica?: string; topology?: string; deadline?: number } = {},
  ): void {
    const { replica = 'replica-1', topology = TOPOLOGY, deadline } = where;
    const due = deadline === undefined ? {} : { deadline };
    this.tell({ type: 'state', at, topology, replica, phase, holding: state, ...due });
  }

  begins(id: string, at = 0, attempt = 1, topology = TOPOLOGY): void {
    this.tell({ type: 'case', at, case: id, attempt, phase: 'begun', topology });
  }

  ends(id: string, at = 1000, attempt = 1, error?: string): void {
    const trouble = error === undefined ? {} : { error };
    this.tell({ type: 'case', at, case: id, attempt, phase: 'ended', topology: TOPOLOGY, ...trouble });
  }

  fault(phase: EventOf<'fault'>['phase'], at: number, topology = TOPOLOGY, evidence = phase as string): void {
    this.broken({ phase, at, topology, evidence });
  }

  /** As a fault that takes the store away, where nothing else is said. */
  broken({
    replicas,
    ...how
  }: Pick<EventOf<'fault'>, 'phase' | 'at'> &
    Partial<Omit<EventOf<'fault'>, 'replicas'>> & { readonly replicas?: readonly string[] }): void {
    const usual = { fault: 'store-unreachable', topology: TOPOLOGY, store: 'away', evidence: '' } as const;
    this.tell({ type: 'fault', ...usual, ...how, ...(replicas && { replicas: [...replicas] }) });
  }

  stall(from: number, to: number, who: Partial<Pick<EventOf<'stall'>, 'who' | 'topology' | 'replica'>> = {}) {
    this.tell({ type: 'stall', at: to, who: 'harness', topology: null, replica: null, from, to, ...who });
  }

  /** Tells of one request from its connection to its end. */
  exchange(episode: Episode): Exchange {
    const { at, topology = TOPOLOGY, to = 'replica-1', mode = 'fresh', claim = null } = episode;
    this.#requests += 1;
    const id = `r${this.#requests}`;
    const { peer = validPeer, servedBy = to === 'balancer' ? null : to } = episode;
    this.tell({
      type: 'connection',
      at,
      id: `c${id}`,
      topology,
      target: to,
      mode,
      peer: peer && { ...peer, purposes: [...peer.purposes] },
      servedBy,
      resumed: mode === 'resumed',
    });
    this.tell({
      type: 'request',
      at,
      case: episode.case ?? 'case',
      attempt: episode.attempt ?? 1,
      id,
      topology,
      connection: `c${id}`,
      claim: claim && [...claim],
      ...(episode.about !== undefined && { about: episode.about }),
      label: episode.label ?? 'as signed',
      facts: episode.facts ?? this.#factsOf(episode, id),
    });
    this.#ending(episode, id);
    return this.view.exchange(id)!;
  }

  stream(streaming: Streaming): void {
    const { id, at = 0, to = 'replica-1', mode = 'kept', with: secret = 'one/current' } = streaming;
    const kept = mode === 'kept' ? `c-${id}` : undefined;
    this.#streams.set(id, { ...streaming, kept });
    this.tell({
      type: 'stream',
      at,
      id,
      case: streaming.case ?? COURSE,
      topology: streaming.topology ?? TOPOLOGY,
      target: to,
      mode,
      credential: streaming.credential ?? secret,
      honest: streaming.honest ?? false,
      clauses: streaming.clauses ?? { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' },
      facts: factsOf({ verifies: [secret] }),
    });
    if (kept !== undefined) this.#connects(streaming, kept, { at });
  }

  /** Tells of one request of a stream, from its connection to its end, and gives its id. */
  sends(stream: string, turn: Turn): string {
    const { at, nonce, timestamp } = turn;
    const streaming = this.#streams.get(stream)!;
    this.#requests += 1;
    const id = `q${this.#requests}`;
    const connection = streaming.kept ?? `c-${id}`;
    if (streaming.kept === undefined || turn.servedBy !== undefined)
      this.#connects(streaming, connection, turn);
    const stamp = [timestamp ?? String(EPOCH + at), nonce ?? `nonce-number-${id.padStart(6, '0')}`];
    this.tell({ type: 'sent', at, id, stream, connection, due: turn.due ?? at, stamp });
    this.#ends(id, turn);
    return id;
  }

  /** Begins and ends a step of the course. */
  step(
    step: string,
    at: number,
    phase: EventOf<'step'>['phase'],
    direction: EventOf<'step'>['direction'] = 'forward',
  ): void {
    const told = { sentence: `${step}.`, runbook: ['hmac/1'], topology: TOPOLOGY, case: COURSE };
    this.tell({ type: 'step', at, step, direction, phase, ...told });
  }

  window(phase: EventOf<'window'>['phase'], at: number, replica = 'replica-1'): void {
    this.tell({ type: 'window', at, topology: TOPOLOGY, replica, phase, why: 'it is restarted' });
  }

  #connects(
    streaming: Streaming,
    id: string,
    { at, servedBy, since }: Pick<Turn, 'at' | 'servedBy' | 'since'>,
  ): void {
    const { topology = TOPOLOGY, to = 'replica-1', mode = 'kept', peer = validPeer } = streaming;
    this.tell({
      type: 'connection',
      at,
      id,
      topology,
      target: to,
      mode,
      peer: peer && { ...peer, purposes: [...peer.purposes] },
      servedBy: servedBy === undefined ? (to === 'balancer' ? null : to) : servedBy,
      resumed: mode === 'resumed',
      ...(since !== undefined && { since }),
    });
  }

  #ends(id: string, { at, until = at + 10, verdict, answer, gone, alert }: Turn): void {
    if (gone !== undefined) {
      const named = alert === undefined ? {} : { alert };
      this.tell({ type: 'gone', at: until, id, how: gone, ...named, detail: 'socket closed' });
    } else if (verdict !== undefined || answer) {
      const { status, body = '' } = answer ?? answerOf(verdict!);
      this.tell({ type: 'got', at: until, id, status, ...(status >= 300 && { body }) });
    }
  }

  #factsOf({ at, client = 'one', nonce, timestamp, with: secret }: Episode, id: string): Facts {
    return factsOf({
      client,
      nonce: nonce ?? `nonce-number-${id.padStart(6, '0')}`,
      timestamp: timestamp ?? String(EPOCH + at),
      verifies: [secret ?? `${client}/current`],
    });
  }

  #ending({ at, until = at + 10, verdict, answer, lost, alert }: Episode, request: string): void {
    if (verdict !== undefined) this.tell({ type: 'answer', at: until, request, ...answerOf(verdict) });
    if (answer) {
      const { status, body = '' } = answer;
      this.tell({ type: 'answer', at: until, request, status, headers: [], body });
    }
    if (lost === undefined) return;
    const named = alert === undefined ? {} : { alert };
    this.tell({ type: 'lost', at: until, request, how: lost, ...named, detail: 'socket closed' });
  }
}
