import type { EventOf } from '../judge/events.ts';

/** Says of each topology until when we break nothing of it: who cannot be reached after that does not stand still. */
export class Intact implements Disposable {
  readonly #inForce = new Map<string, Set<string>>();
  readonly #until = new Map<string, AbortController>();

  hear({ topology, fault, phase }: EventOf<'fault'>): void {
    const inForce = this.#inForce.get(topology) ?? new Set();
    this.#inForce.set(topology, inForce);
    if (phase === 'injecting') {
      inForce.add(fault);
      this.#controller(topology).abort();
    } else if (phase === 'healed') {
      inForce.delete(fault);
      if (inForce.size === 0) this.#until.delete(topology);
    }
  }

  /** Aborted as soon as a fault is injected, and again a new one once all are healed. */
  until(topology: string): AbortSignal {
    return this.#controller(topology).signal;
  }

  [Symbol.dispose](): void {
    for (const controller of this.#until.values()) controller.abort();
  }

  #controller(topology: string): AbortController {
    let controller = this.#until.get(topology);
    if (!controller) this.#until.set(topology, (controller = new AbortController()));
    return controller;
  }
}
