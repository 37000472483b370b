/** Bytes on their way, with the moment they count as received: a toxic that delays them counts from there. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly since: number;
}

/**
 * The way from one stage to the next, with one stage at either end. Whoever puts waits until there is room or the chunk
 * is taken, and so a receiver who is slow slows the sender down.
 */
export class Conduit {
  readonly #room: number;
  readonly #held: Chunk[] = [];
  #putter: (() => void) | undefined;
  #taker: ((chunk: Chunk | undefined) => void) | undefined;
  #ended = false;

  constructor(room = 0) {
    this.#room = room;
  }

  /** Undefined when there is nothing to wait for, which spares the way without toxics its promises. */
  put(chunk: Chunk): Promise<void> | undefined {
    const taker = this.#taker;
    if (taker) {
      this.#taker = undefined;
      taker(chunk);
      return undefined;
    }
    this.#held.push(chunk);
    if (this.#held.length <= this.#room) return undefined;
    return new Promise((taken) => (this.#putter = taken));
  }

  /** Takes back what was put last and is still waiting for room. */
  takeBack(): void {
    if (this.#putter === undefined) return;
    this.#putter = undefined;
    this.#held.pop();
  }

  /** Nothing more comes; what was put before can still be taken. */
  end(): void {
    this.#ended = true;
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.(undefined);
  }

  /** Calls back once: with the next chunk, or with nothing at the end. */
  take(taker: (chunk: Chunk | undefined) => void): void {
    const chunk = this.#held.shift();
    if (chunk === undefined && !this.#ended) {
      this.#taker = taker;
      return;
    }
    const putter = this.#putter;
    this.#putter = undefined;
    putter?.();
    taker(chunk);
  }

  /** What is held, for good: when nobody puts any more. */
  leftovers(): Chunk[] {
    return this.#held.splice(0);
  }

  /** Takes no more, after all. */
  withdraw(): void {
    this.#taker = undefined;
  }
}
