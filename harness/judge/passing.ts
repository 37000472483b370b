/** So many may be taken away before the map is made anew. */
const TAKEN_AWAY = 128;

/**
 * A map of what does not stay for long. An engine may chain each table that a map has outgrown to the next, with all
 * that was in it; once the first of them counts as old, everything that passes through would be kept until old things
 * are looked through, which is seldom. A map made anew has no past.
 */
export class Passing<V> {
  #map = new Map<string, V>();
  #takenAway = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: string): V | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: V): void {
    this.#map.set(key, value);
  }

  delete(key: string): void {
    this.#map.delete(key);
    this.#takenAway += 1;
    if (this.#takenAway < TAKEN_AWAY || this.#takenAway < this.#map.size) return;
    this.#map = new Map(this.#map);
    this.#takenAway = 0;
  }

  /** From the one that came first. */
  entries(): MapIterator<[string, V]> {
    return this.#map.entries();
  }
}
