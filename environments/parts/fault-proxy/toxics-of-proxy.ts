import type { Chance } from '../../../harness/seed.ts';
import { invalidStream, invalidToxicType, toxicAlreadyExists, toxicNotFound } from './api-error.ts';
import { TOXIC, toxicAttributes, toxicUpdate } from './bodies.ts';
import { Flow } from './flow.ts';
import { inTurn } from './in-turn.ts';
import type { JsonValue } from './json-value.ts';
import type { Count } from './metrics.ts';
import { bodyValue, fill } from './struct.ts';
import { type Direction, makeToxic, type Toxic } from './toxic.ts';
import { toxicKinds } from './toxics/kinds.ts';
import type { Wire } from './wire.ts';

/**
 * The toxics of one proxy, and the flows they act on. There is one change at a time and no connection begins during
 * one, so that every flow has a stage for every toxic of its direction.
 */
export class ToxicsOfProxy {
  readonly #chance: Chance;
  readonly #chains: Readonly<Record<Direction, Toxic[]>> = { upstream: [], downstream: [] };
  readonly #flows: Readonly<Record<Direction, Set<Flow>>> = { upstream: new Set(), downstream: new Set() };
  readonly #turn = inTurn();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  list(): Promise<Toxic[]> {
    return this.#turn(() => this.#all());
  }

  get(name: string): Promise<Toxic> {
    return this.#turn(() => this.#called(name));
  }

  add(body: Buffer): Promise<Toxic> {
    return this.#turn(async () => {
      const toxic = this.#read(bodyValue(body));
      this.#chains[toxic.direction].push(toxic);
      await this.#change(toxic, (flow) => flow.add(toxic));
      return toxic;
    });
  }

  update(name: string, body: Buffer): Promise<Toxic> {
    return this.#turn(async () => {
      const toxic = this.#called(name);
      // Attributes that were read stay, even when what comes after them is refused.
      const into = { attributes: toxic.attributes, toxicity: toxic.toxicity };
      fill(into, toxicUpdate(toxic.kind), bodyValue(body));
      toxic.toxicity = into.toxicity;
      await this.#change(toxic, (flow) => flow.update(toxic));
      return toxic;
    });
  }

  remove(name: string): Promise<void> {
    return this.#turn(() => this.#remove(this.#called(name)));
  }

  reset(): Promise<void> {
    return this.#turn(async () => {
      for (const toxic of this.#all()) await this.#remove(toxic);
    });
  }

  /** Joins a client and an upstream. */
  join(client: Wire, upstream: Wire, count: (direction: Direction) => Count): Promise<void> {
    return this.#turn(() => {
      this.#begin('upstream', { from: client, to: upstream, count: count('upstream') });
      this.#begin('downstream', { from: upstream, to: client, count: count('downstream') });
    });
  }

  /** Stops what is still going on between ends that are closed. */
  abandon(): void {
    for (const flows of Object.values(this.#flows)) for (const flow of flows) flow.abandon();
  }

  #begin(direction: Direction, along: { from: Wire; to: Wire; count: Count }): void {
    const flow = new Flow({ ...along, toxics: this.#chains[direction] });
    this.#flows[direction].add(flow);
    void flow.run().then(() => this.#flows[direction].delete(flow));
  }

  async #change(toxic: Toxic, change: (flow: Flow) => Promise<void>): Promise<void> {
    await Promise.all([...this.#flows[toxic.direction]].map(change));
  }

  async #remove(toxic: Toxic): Promise<void> {
    const chain = this.#chains[toxic.direction];
    chain.splice(chain.indexOf(toxic), 1);
    await this.#change(toxic, (flow) => flow.remove(toxic));
  }

  #all(): Toxic[] {
    return [...this.#chains.upstream, ...this.#chains.downstream];
  }

  #called(name: string): Toxic {
    const toxic = this.#all().find((each) => each.name === name);
    if (toxic === undefined) throw toxicNotFound();
    return toxic;
  }

  #read(body: JsonValue): Toxic {
    const given = { name: '', type: '', stream: 'downstream', toxicity: 1 };
    fill(given, TOXIC, body);
    const direction = given.stream.toLowerCase();
    if (direction !== 'upstream' && direction !== 'downstream') throw invalidStream();
    const kind = toxicKinds.get(given.type);
    if (kind === undefined) throw invalidToxicType();
    const name = given.name || `${given.type}_${given.stream}`;
    if (this.#all().some((each) => each.name === name)) throw toxicAlreadyExists();
    const attributes = Object.fromEntries(Object.keys(kind.attributes).map((each) => [each, 0n]));
    fill({ attributes }, toxicAttributes(kind), body);
    return makeToxic({ ...given, name, kind, direction, attributes, chance: this.#chance });
  }
}
