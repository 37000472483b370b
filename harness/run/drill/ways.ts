import { pause } from '../../clock.ts';
import { openConnection, type Connection } from '../../traffic/connection.ts';
import { Pool } from '../../traffic/pool.ts';
import { Tickets } from '../../traffic/tickets.ts';
import type { Unopened } from '../../traffic/wire.ts';
import { identityCalled, serverShowing } from '../credentials.ts';
import type { Passage } from '../door.ts';
import type { Address } from '../environment.ts';
import type { IdentityName } from '../scenario.ts';
import { anchorCalled } from './fleet.ts';
import type { Use } from './procedure.ts';

/** A place to send to: a replica, or the balancer. */
export interface Place extends Address {
  readonly name: string;
  /** Whether it is one replica, whoever else there may be. */
  readonly direct: boolean;
}

export type Mode = 'fresh' | 'kept' | 'resumed';

/** How a request goes: where to, on what kind of connection, shown which certificate, and whom it believes there. */
export interface Way {
  readonly place: Place;
  readonly mode: Mode;
  readonly identity: IdentityName;
  readonly trust: Use['trust'];
}

/** A connection, or the attempt at one, under the name that the record has for it. */
export interface Opened {
  readonly id: string;
  readonly connection: Connection | Unopened;
  readonly servedBy: string | null;
}

/** Opens connections as each stream declares them, and keeps what is to be kept or resumed. */
export class Ways {
  readonly #passage: Passage;
  readonly #pools = new Map<string, Pool<Opened>>();
  readonly #tickets = new Map<string, Tickets>();
  readonly #stocking = new Set<Tickets>();
  /** By the names in it: what a connection needs of a list is prepared once for that list. */
  readonly #bundles = new Map<string, ReturnType<typeof anchorCalled>[]>();
  /** Those on which something is under way, or that are being closed. */
  readonly #out = new Set<Opened>();

  constructor(passage: Passage) {
    this.#passage = passage;
  }

  /** A connection for one request; undefined where there is no session to resume. */
  async take(way: Way): Promise<Opened | undefined> {
    const opened = await this.#find(way);
    if (opened) this.#out.add(opened);
    return opened;
  }

  /** After the request has ended. */
  giveBack(opened: Opened, way: Way): void {
    if (way.mode !== 'kept') {
      void end(opened).then(() => this.#out.delete(opened));
      return;
    }
    this.#out.delete(opened);
    this.#pool(way).giveBack(opened);
  }

  /** Keeps none of the connections that there are to a place now; others take their places. */
  async renew(place: string): Promise<void> {
    const there = [...this.#pools].filter(([of]) => of.startsWith(`${place} `));
    await Promise.all(there.map(([, pool]) => pool.renew()));
  }

  /** Ends every connection, whatever is under way on it. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    await Promise.all([...this.#out].map(end));
  }

  async #find(way: Way): Promise<Opened | undefined> {
    if (way.mode === 'fresh') return this.#open(way);
    if (way.mode === 'resumed') return this.#resume(way);
    return this.#pool(way).take(() => this.#open(way));
  }

  async #resume(way: Way): Promise<Opened | undefined> {
    const tickets = this.#ticketsOf(way);
    const session = tickets?.take();
    if (session) return this.#open(way, session);
    if (tickets && !this.#stocking.has(tickets)) await this.#stock(tickets, way);
    return undefined;
  }

  /** By a full handshake, on which nothing is sent. */
  async #stock(tickets: Tickets, way: Way): Promise<void> {
    this.#stocking.add(tickets);
    const given = tickets.next();
    const opened = await this.#open({ ...way, mode: 'fresh' });
    if (opened.connection.kind === 'connection') await Promise.race([given, pause(GIVES_WITHIN_MS)]);
    await end(opened);
    this.#stocking.delete(tickets);
  }

  async #open(way: Way, session?: Buffer): Promise<Opened> {
    const { topology, credentials, recorder, deadlineMs, signal } = this.#passage;
    const { place, mode, trust } = way;
    const identity = identityCalled(way.identity, credentials);
    const tickets = this.#ticketsOf(way);
    const since = recorder.history.at();
    const connection = await openConnection({
      host: place.host,
      port: place.port,
      serverTrust: this.#bundle(trust),
      deadlineMs,
      signal,
      ...(identity && { identity }),
      ...(session && { session }),
      ...(tickets && { onSession: (latest: Buffer) => tickets.add(latest) }),
    });
    const server =
      connection.kind === 'connection' ? serverShowing(connection.serverFingerprint, credentials) : undefined;
    const shower = topology.replicas.find(({ name }) => `${topology.name}/${name}` === server?.of);
    // A replica addressed directly is known also where it has shown no certificate.
    const servedBy = shower?.name ?? (place.direct ? place.name : null);
    const id = recorder.connection({
      topology: topology.name,
      target: place.name,
      identity,
      connection,
      servedBy: servedBy ?? undefined,
      server,
      since,
      mode,
    });
    return { id, connection, servedBy };
  }

  #pool({ place, identity }: Way): Pool<Opened> {
    return made(
      this.#pools,
      `${place.name} ${identity}`,
      () => new Pool(place.direct ? {} : { keptForMs: THROUGH_BALANCER_MS }),
    );
  }

  /** Behind a balancer nobody could say whose they are. */
  #ticketsOf({ place, identity }: Way): Tickets | undefined {
    return place.direct ? made(this.#tickets, `${place.name} ${identity}`, () => new Tickets()) : undefined;
  }

  #bundle(trust: Use['trust']) {
    return made(this.#bundles, trust.join(' '), () =>
      trust.map((name) => anchorCalled(name, this.#passage.credentials)),
    );
  }
}

/** Long enough to carry several requests, short enough for a balancer to drain. */
const THROUGH_BALANCER_MS = 500;

/** A server that gives sessions does so right after the handshake. */
const GIVES_WITHIN_MS = 250;

const end = async ({ connection }: Opened): Promise<void> => {
  if (connection.kind === 'connection') await connection.close();
};

function made<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const value = make();
  map.set(key, value);
  return value;
}
