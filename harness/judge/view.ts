import { Changes } from './changes.ts';
import { Connections } from './connections.ts';
import type { EventOf, EventType, HistoryEvent } from './events.ts';
import { observe, type AnyContract, type Exchange, type Span } from './exchange.ts';
import { Faults } from './faults.ts';
import { Standstills } from './standstill.ts';
import { Traffic } from './traffic/traffic.ts';

type Replica = EventOf<'topology'>['replicas'][number];

/**
 * A history indexed for judging. Fed event by event, so that a live run and a saved one are seen alike. The requests of
 * streams come by the thousand: they are judged as they end, and not kept.
 */
export class View {
  readonly contract: AnyContract;
  readonly changes = new Changes();
  readonly standstills = new Standstills();
  readonly faults = new Faults();
  readonly traffic: Traffic;
  readonly connections = new Connections();
  readonly #events = new Map<EventType, HistoryEvent[]>();
  readonly #exchanges = new Map<string, Exchange>();
  readonly #byCase = new Map<string, Exchange[]>();
  readonly #bySpentKey = new Map<string, Map<string, Exchange[]>>();
  readonly #replicas = new Map<string, Map<string | null, readonly Replica[]>>();

  constructor(contract: AnyContract) {
    this.contract = contract;
    this.traffic = new Traffic(this);
  }

  add(event: HistoryEvent): void {
    const { type } = event;
    if (type === 'sent') this.traffic.sent(event);
    else if (type === 'got' || type === 'gone') this.traffic.ended(event);
    else if (type === 'dropped') this.traffic.dropped(event);
    else if (type === 'connection') {
      this.connections.add(event);
      this.traffic.connected(event);
    } else {
      listIn(this.#events, type).push(event);
      this.#index(event);
    }
  }

  #index(event: HistoryEvent): void {
    const { type } = event;
    if (type === 'stall' && this.#hungOverChange(event)) return;
    if (type === 'topology') this.#addTopology(event);
    if (type === 'request') this.#addRequest(event);
    if (type === 'answer' || type === 'lost') this.#addEnd(event);
    if (type === 'state') this.changes.add(event);
    if (type === 'fault') this.faults.add(event);
    if (type === 'stall') this.standstills.add(event);
    this.traffic.hear(event);
  }

  /** A replica that was lost over a change did not merely stand still meanwhile: that excuses nothing. */
  #hungOverChange({ who, topology, replica, from, to }: EventOf<'stall'>): boolean {
    return this.all('casualty').some(
      (lost) =>
        who === 'replica' &&
        lost.topology === topology &&
        lost.replica === replica &&
        lost.at >= from &&
        lost.at <= to,
    );
  }

  /** Every event of one type, in the order of the record; of connections one of each kind, and of streams' requests none. */
  all<T extends EventType>(type: T): readonly EventOf<T>[] {
    const events = type === 'connection' ? this.connections.kinds : this.#events.get(type);
    return (events ?? []) as EventOf<T>[];
  }

  get run(): EventOf<'run'> {
    const run = this.all('run')[0];
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
    return this.#bySpentKey.get(topology)?.get(key) ?? [];
  }

  /** All requests that would spend one key of one topology, for every such key. */
  get spentKeys(): IterableIterator<readonly Exchange[]> {
    return this.#bySpentKey.values().flatMap((keys) => keys.values());
  }

  /** The replica that served it, or all of them where that is not known. */
  mayServe({ topology, replica }: Pick<Span, 'topology' | 'replica'>): readonly Replica[] {
    return this.#replicas.get(topology)?.get(replica) ?? [];
  }

  #addTopology({ topology, replicas }: EventOf<'topology'>): void {
    const known = replicas.map((replica) => [replica.name, [replica]] as const);
    this.#replicas.set(topology, new Map<string | null, readonly Replica[]>([[null, replicas], ...known]));
  }

  #addRequest(request: EventOf<'request'>): void {
    const connection = this.connections.used(request);
    const keys = [...new Set(this.contract.spends(request.facts))];
    const exchange: Exchange = { request, connection, keys };
    this.#exchanges.set(request.id, exchange);
    listIn(this.#byCase, request.case).push(exchange);
    let spending = this.#bySpentKey.get(request.topology);
    if (!spending) this.#bySpentKey.set(request.topology, (spending = new Map()));
    for (const key of keys) listIn(spending, key).push(exchange);
  }

  #addEnd(end: EventOf<'answer'> | EventOf<'lost'>): void {
    const exchange = this.#exchanges.get(end.request);
    if (!exchange) throw new Error(`An answer names unknown request ${end.request}`);
    exchange.end = end;
    const observed = observe(this.contract, this.run.dialect, end);
    if (observed) exchange.observed = observed;
  }
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const existing = lists.get(key);
  if (existing) return existing;
  const made: V[] = [];
  lists.set(key, made);
  return made;
}
