import type { Chance } from '../../seed.ts';

/** A nonce that was accepted once. Times are on the run's clock. */
interface Spent {
  readonly nonce: string;
  /** The replica that accepted it, where that is known. */
  readonly by: string | null;
  /** It was spent at some moment between these two. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Nonces that one client has spent: some to be replayed while they must be refused, some when they may be used again. */
export class SpentNonces {
  readonly #ttlMs: number;
  readonly #chance: Chance;
  /** By who accepted them, the oldest first. */
  readonly #fresh = new Map<string | null, Spent[]>();
  readonly #ageing: Spent[] = [];
  #turns = 0;

  constructor(ttlMs: number, chance: Chance) {
    this.#ttlMs = ttlMs;
    this.#chance = chance;
  }

  add(spent: Spent): void {
    const sameBy = this.#fresh.get(spent.by) ?? [];
    this.#fresh.set(spent.by, sameBy);
    const last = sameBy.at(-1);
    if (last && spent.answeredAt - last.answeredAt < APART_MS) return;
    sameBy.push(spent);
    if (this.#ageing.length < AGEING) this.#ageing.push(spent);
  }

  /** One that must be refused everywhere. Every other time it was spent at another place than where it is to go. */
  still(now: number, goesTo: string): string | undefined {
    // Far from the end of its time, however long the request is under way.
    const since = now - this.#ttlMs / 2;
    for (const spent of this.#fresh.values()) while (spent[0] && spent[0].sentAt < since) spent.shift();
    this.#turns += 1;
    const lists = [...this.#fresh].filter(([, spent]) => spent.length > 0);
    const elsewhere = lists.filter(([by]) => by !== goesTo);
    const among = this.#turns % 2 === 0 && elsewhere.length > 0 ? elsewhere : lists;
    if (among.length === 0) return undefined;
    const [, spent] = this.#chance.pick(among);
    return this.#chance.pick(spent).nonce;
  }

  /** One whose time is over; never the same again. */
  expired(now: number): string | undefined {
    const [oldest] = this.#ageing;
    if (!oldest || now < oldest.answeredAt + this.#ttlMs + MARGIN_MS) return undefined;
    return this.#ageing.shift()?.nonce;
  }
}

/** Enough to have some from every moment, without keeping all of them. */
const APART_MS = 100;
const AGEING = 256;
/** The store's clock is not ours, and an answer takes time. */
export const MARGIN_MS = 500;
