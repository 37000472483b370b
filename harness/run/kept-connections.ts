import type { Connection } from '../traffic/connection.ts';
import type { Seen } from './scenario.ts';

/** An open connection under the name the record has for it. */
export interface Recorded {
  readonly connection: Connection;
  readonly id: string;
}

/**
 * Connections that one attempt keeps from one request to the next, each for one door and one identity. HTTP lets a
 * server end such a connection at any time, so whoever loses a request on one has learned nothing.
 */
export class KeptConnections implements AsyncDisposable {
  readonly #idle = new Map<string, Recorded>();

  /** One that is idle, taken out until it is given back: a connection carries one request at a time. */
  take(purpose: string): Recorded | undefined {
    const kept = this.#idle.get(purpose);
    this.#idle.delete(purpose);
    return kept?.connection.closed === false ? kept : undefined;
  }

  /** Keeps it for the next request, unless the answer or the server has ended it. */
  async giveBack(purpose: string, kept: Recorded, seen: Seen): Promise<void> {
    const over = 'lost' in seen || seen.headers.some(isGoodbye) || this.#idle.has(purpose);
    if (over || kept.connection.closed) await kept.connection.close();
    else this.#idle.set(purpose, kept);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#idle.values()].map(({ connection }) => connection.close()));
    this.#idle.clear();
  }
}

const isGoodbye = ([name, value]: readonly [string, string]): boolean =>
  name.toLowerCase() === 'connection' && value.toLowerCase() === 'close';
