import { Spending } from './spending.ts';

type Origin = Pick<Spending, 'stream' | 'replica'>;

/** What was let in and is still spent, one for each key: hundreds of thousands, so they stand in columns. */
export class Accepted {
  /** In the order in which they were let in. */
  readonly #rows = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #origins: Origin[] = [];
  readonly #ids: string[] = [];
  /** Asked for last and not found: whoever is let in is asked for twice, and looking among so many takes long. */
  #absent: string | undefined;
  #from = new Float64Array(1024);
  #to = new Float64Array(1024);
  #origin = new Uint32Array(1024);

  /** The first of its key. */
  add(key: string, { id, from, to, stream, replica }: Spending): void {
    this.#absent = undefined;
    const row = this.#free.pop() ?? this.#rows.size;
    if (row === this.#from.length) this.#grow();
    this.#rows.set(key, row);
    this.#ids[row] = id;
    this.#from[row] = from;
    this.#to[row] = to;
    this.#origin[row] = this.#originOf(stream, replica);
  }

  get(key: string): Spending | undefined {
    if (key === this.#absent) return undefined;
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#absent = key;
      return undefined;
    }
    const { stream, replica } = this.#origins[this.#origin[row]!]!;
    const spending = new Spending(this.#ids[row]!, { stream, replica, from: this.#from[row]!, oneKey: true });
    spending.to = this.#to[row]!;
    spending.accepted = true;
    return spending;
  }

  /** Lets go of what was let in before this. */
  forget(before: number): void {
    for (const [key, row] of this.#rows) {
      if (this.#to[row]! >= before) return;
      this.#rows.delete(key);
      this.#free.push(row);
    }
  }

  /** Nearly always one of the last. */
  #originOf(stream: Origin['stream'], replica: Origin['replica']): number {
    const known = this.#origins.findLastIndex((each) => each.stream === stream && each.replica === replica);
    return known >= 0 ? known : this.#origins.push({ stream, replica }) - 1;
  }

  #grow(): void {
    const length = 2 * this.#from.length;
    this.#from = longer(this.#from, new Float64Array(length));
    this.#to = longer(this.#to, new Float64Array(length));
    this.#origin = longer(this.#origin, new Uint32Array(length));
  }
}

function longer<T extends Float64Array | Uint32Array>(column: T, into: T): T {
  into.set(column);
  return into;
}
