import type { Counts, Timeline } from './tally.ts';

/** Narrow at first, and never more than can be drawn. */
const SLOT_MS = 100;
const MOST_SLOTS = 1500;

const kinds = [
  'accepted',
  'refused',
  'wronglyAccepted',
  'wronglyRefused',
  'unserved',
  'unknown',
] as const satisfies readonly (keyof Counts)[];

/** Where each kind stands within a slot. */
const placeOf = Object.fromEntries(kinds.map((kind, place) => [kind, place])) as Record<keyof Counts, number>;

/** Counts over time in slots that grow wider as time goes on. */
export class Slots {
  readonly from: number;
  #slotMs = SLOT_MS;
  #used = 0;
  /** One row for each credential, its slots one after the other. */
  readonly #rows = new Map<string, Uint32Array>();

  constructor(from: number) {
    this.from = from;
  }

  /** Counts one more at this moment, or takes one away again. */
  count(credential: string, at: number, kind: keyof Counts, by: 1 | -1 = 1): void {
    let slot = this.#slotAt(at);
    while (slot >= MOST_SLOTS) {
      this.#widen();
      slot = this.#slotAt(at);
    }
    this.#used = Math.max(this.#used, slot + 1);
    this.#row(credential)[slot * kinds.length + placeOf[kind]]! += by;
  }

  told(credentials: readonly string[]): Timeline {
    const rows = credentials.map((credential) => {
      const row = this.#rows.get(credential) ?? new Uint32Array();
      return { credential, slots: Array.from({ length: this.#used }, (_, slot) => countsIn(row, slot)) };
    });
    return { from: this.from, slotMs: this.#slotMs, rows };
  }

  #slotAt(at: number): number {
    return Math.max(0, Math.floor((at - this.from) / this.#slotMs));
  }

  #row(credential: string): Uint32Array {
    const row = this.#rows.get(credential);
    const length = this.#used * kinds.length;
    if (row && row.length >= length) return row;
    const longer = new Uint32Array(Math.min(2 * length, MOST_SLOTS * kinds.length));
    if (row) longer.set(row);
    this.#rows.set(credential, longer);
    return longer;
  }

  /** Each slot takes in the next. */
  #widen(): void {
    this.#slotMs *= 2;
    this.#used = Math.ceil(this.#used / 2);
    for (const row of this.#rows.values()) {
      const before = row.slice();
      row.fill(0);
      for (const [index, count] of before.entries()) {
        const slot = Math.floor(index / kinds.length);
        row[(slot >> 1) * kinds.length + (index % kinds.length)]! += count;
      }
    }
  }
}

const countsIn = (row: Uint32Array, slot: number): Counts =>
  Object.fromEntries(kinds.map((kind, place) => [kind, row[slot * kinds.length + place] ?? 0])) as Record<
    keyof Counts,
    number
  >;

export const noCounts = (): Record<keyof Counts, number> => ({
  accepted: 0,
  refused: 0,
  wronglyAccepted: 0,
  wronglyRefused: 0,
  unserved: 0,
  unknown: 0,
});
