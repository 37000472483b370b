/** A clock that stands still until the next thing is due: hours of traffic take no time and no chance of their own. */
export class VirtualTime {
  now = 0;
  readonly #due: { readonly at: number; readonly run: () => void }[] = [];

  at(moment: number, run: () => void): void {
    const at = Math.max(moment, this.now);
    const place = this.#due.findIndex((other) => other.at > at);
    this.#due.splice(place < 0 ? this.#due.length : place, 0, { at, run });
  }

  /** Lets everything happen that is due, and whatever that leads to. */
  pass(): void {
    for (let next = this.#due.shift(); next; next = this.#due.shift()) {
      this.now = next.at;
      next.run();
    }
  }
}
