import type { EventOf } from './events.ts';
import { Passing } from './passing.ts';

type Connection = EventOf<'connection'>;

/** So many may have been opened for one request each and never used; no run keeps that many in hand. */
const IN_HAND = 10_000;

/** Connections that a request may still travel on, and one of each kind that there ever was. */
export class Connections {
  readonly #kept = new Passing<Connection>();
  readonly #brief = new Passing<Connection>();
  readonly #kinds = new Map<string, Connection>();

  add(connection: Connection): void {
    const { id, topology, target, mode, servedBy } = connection;
    const kind = `${topology} ${target} ${mode} ${servedBy}`;
    if (!this.#kinds.has(kind)) this.#kinds.set(kind, connection);
    if (mode === 'kept') {
      this.#kept.set(id, connection);
      return;
    }
    this.#brief.set(id, connection);
    const [oldest] = this.#brief.size > IN_HAND ? this.#brief.entries() : [];
    if (oldest) this.#brief.delete(oldest[0]);
  }

  /** The first of each kind: where it led, how, and who served it. */
  get kinds(): readonly Connection[] {
    return [...this.#kinds.values()];
  }

  /** The one that a request travels on. */
  used(request: { readonly id: string; readonly connection: string }): Connection {
    const connection = this.#kept.get(request.connection) ?? this.#brief.get(request.connection);
    if (!connection)
      throw new Error(`Request ${request.id} travels on unknown connection ${request.connection}`);
    return connection;
  }

  /** Nothing travels on it any more. */
  forget({ id }: Connection): void {
    this.#kept.delete(id);
    this.#brief.delete(id);
  }
}
