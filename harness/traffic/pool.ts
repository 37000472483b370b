import type { Connection } from './connection.ts';
import type { Unopened } from './wire.ts';

interface Opened {
  readonly connection: Connection | Unopened;
}

interface Waiting<O> {
  readonly open: () => Promise<O>;
  readonly go: (opened: O) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Connections kept from one request to the next. Any number may be out at once, each for one request at a time. Where
 * they are to be given up after some time, they are, also while idle: a balancer that drains waits for them.
 */
export class Pool<O extends Opened> {
  readonly #keptForMs: number | undefined;
  readonly #idle: O[] = [];
  readonly #out = new Set<O>();
  readonly #old = new WeakSet<O>();
  readonly #waiting: Waiting<O>[] = [];
  /** Settles when the one that is being opened is open, or cannot be. */
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(how: { keptForMs?: number } = {}) {
    this.#keptForMs = how.keptForMs;
  }

  /**
   * One that is open, until it is given back. Whoever finds none idle gets the first that is given back or opened, in
   * turn, and one is opened at a time: a slow server under a storm of handshakes would get slower still.
   */
  async take(open: () => Promise<O>): Promise<O> {
    let idle = this.#idle.pop();
    while (idle && hasEnded(idle)) idle = this.#idle.pop();
    const taken =
      idle ??
      (await new Promise<O>((go, fail) => {
        this.#waiting.push({ open, go, fail });
        this.#grow();
      }));
    this.#out.add(taken);
    return taken;
  }

  giveBack(kept: O): void {
    this.#out.delete(kept);
    const over = this.#closed || this.#old.has(kept) || hasEnded(kept);
    if (over) void end(kept);
    else this.#give(kept);
  }

  /** Goes on with other connections: what is idle is closed now, what is out when it comes back. */
  async renew(): Promise<void> {
    for (const kept of this.#out) this.#old.add(kept);
    await this.closeIdle();
  }

  /** Also what is about to be: nobody need be waiting for it any more. */
  async closeIdle(): Promise<void> {
    await this.#opening;
    await Promise.all(this.#idle.splice(0).map(end));
  }

  /** What is idle is closed now, what is out when it comes back. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.closeIdle();
  }

  /** Opens one for those who wait. */
  #grow(): void {
    const [first] = this.#waiting;
    if (!first || this.#opening) return;
    this.#opening = first.open().then(
      (opened) => this.#opened(opened),
      (error: unknown) => {
        this.#opening = undefined;
        for (const { fail } of this.#waiting.splice(0)) fail(error);
      },
    );
  }

  #opened(opened: O): void {
    this.#opening = undefined;
    if (opened.connection.kind === 'unopened') {
      // All who wait have seen as much.
      for (const { go } of this.#waiting.splice(0)) go(opened);
      return;
    }
    if (this.#keptForMs !== undefined) setTimeout(() => this.#retire(opened), this.#keptForMs).unref();
    this.giveBack(opened);
    this.#grow();
  }

  #give(kept: O): void {
    const first = this.#waiting.shift();
    if (first) first.go(kept);
    else this.#idle.push(kept);
  }

  #retire(kept: O): void {
    this.#old.add(kept);
    const at = this.#idle.indexOf(kept);
    if (at >= 0) void this.#idle.splice(at, 1).map(end);
  }
}

const hasEnded = ({ connection }: Opened): boolean => connection.kind === 'unopened' || connection.closed;

const end = async ({ connection }: Opened): Promise<void> => {
  if (connection.kind === 'connection') await connection.close();
};
