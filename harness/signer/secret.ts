import { inspect } from 'node:util';

/**
 * A value that must never be seen: prints as its id wherever it is logged, joined or serialised.
 * Reading it takes an explicit `reveal()`, which is easy to find in review.
 */
export class Secret {
  readonly id: string;
  readonly #value: string;

  constructor(id: string, value: string) {
    this.id = id;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.id}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
