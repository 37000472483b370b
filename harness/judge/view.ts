import { ACCEPTED, type Contract, type Signing, type Verdict } from '../contract/contract.ts';
import type { EventOf, EventType, HistoryEvent } from './events.ts';

type AnyContract = Contract<unknown, unknown, unknown, Signing>;

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

/** A history indexed for judging. Fed event by event, so that a live run and a saved one are seen alike. */
export class View {
  readonly contract: AnyContract;
  readonly #events = new Map<EventType, HistoryEvent[]>();
  readonly #exchanges = new Map<string, Exchange>();
  readonly #byCase = new Map<string, Exchange[]>();
  readonly #bySpentKey = new Map<string, Exchange[]>();
  readonly #connections = new Map<string, EventOf<'connection'>>();

  constructor(contract: AnyContract) {
    this.contract = contract;
  }

  add(event: HistoryEvent): void {
    listIn(this.#events, event.type).push(event);
    if (event.type === 'connection') this.#connections.set(event.id, event);
    if (event.type === 'request') this.#addRequest(event);
    if (event.type === 'answer' || event.type === 'lost') this.#addEnd(event);
  }

  /** Every event of one type, in the order of the record. */
  all<T extends EventType>(type: T): readonly EventOf<T>[] {
    return (this.#events.get(type) ?? []) as EventOf<T>[];
  }

  get run(): EventOf<'run'> {
    const [run] = this.all('run');
    if (!run) throw new Error('A history begins with its run event');
    return run;
  }

  get exchanges(): IterableIterator<Exchange> {
    return this.#exchanges.values();
  }

  exchange(request: string): Exchange | undefined {
    return this.#exchanges.get(request);
  }

  ofCase(id: string): readonly Exchange[] {
    return this.#byCase.get(id) ?? [];
  }

  /** Every request of a topology that would spend this key. */
  spending(topology: string, key: string): readonly Exchange[] {
    return this.#bySpentKey.get(`${topology} ${key}`) ?? [];
  }

  /** Topology and key of everything that was ever to be spent. */
  get spentKeys(): IterableIterator<readonly Exchange[]> {
    return this.#bySpentKey.values();
  }

  #addRequest(request: EventOf<'request'>): void {
    const connection = this.#connections.get(request.connection);
    if (!connection)
      throw new Error(`Request ${request.id} travels on unknown connection ${request.connection}`);
    const keys = [...new Set(this.contract.spends(request.facts))];
    const exchange: Exchange = { request, connection, keys };
    this.#exchanges.set(request.id, exchange);
    listIn(this.#byCase, request.case).push(exchange);
    for (const key of keys) listIn(this.#bySpentKey, `${request.topology} ${key}`).push(exchange);
  }

  #addEnd(end: EventOf<'answer'> | EventOf<'lost'>): void {
    const exchange = this.#exchanges.get(end.request);
    if (!exchange) throw new Error(`An answer names unknown request ${end.request}`);
    exchange.end = end;
    const observed = this.#observe(end);
    if (observed) exchange.observed = observed;
  }

  #observe(end: EventOf<'answer'> | EventOf<'lost'>): ReadonlySet<Verdict> | undefined {
    const { dialect } = this.run;
    if (end.type === 'answer') return this.contract.readAnswer(dialect, end);
    return end.alert !== undefined && certificateAlerts.has(end.alert)
      ? this.contract.readHandshakeRefusal(dialect)
      : undefined;
  }
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

/** When the last moment was at which the replica may have judged a request. */
export const endOf = ({ end }: Exchange): number => end?.at ?? Infinity;

export const wasAccepted = ({ observed }: Exchange): boolean => observed?.has(ACCEPTED) === true;

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const existing = lists.get(key);
  if (existing) return existing;
  const made: V[] = [];
  lists.set(key, made);
  return made;
}
