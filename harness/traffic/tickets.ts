/**
 * TLS sessions of one identity at one server, for other connections to resume. Each is good for one connection. The
 * oldest are used first and new ones do not push them out, so that for some time after a change those from before it
 * are still presented.
 */
export class Tickets {
  readonly #stock: Buffer[] = [];
  #told: (() => void)[] = [];

  add(session: Buffer): void {
    if (this.#stock.length < STOCK) this.#stock.push(session);
    for (const tell of this.#told.splice(0)) tell();
  }

  /** Settles when the next one comes. */
  next(): Promise<void> {
    return new Promise((tell) => this.#told.push(tell));
  }

  take(): Buffer | undefined {
    return this.#stock.shift();
  }
}

const STOCK = 16;
