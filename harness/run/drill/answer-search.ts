import type { Answer } from '../../traffic/answer.ts';
import type { Canaries, Leak } from '../canaries.ts';

/**
 * Searches the answers of a stream for what no answer may hold. Thousands of them are alike, so whatever was once found
 * clean is not searched again.
 */
export class AnswerSearch {
  readonly #canaries: Canaries;
  readonly #clean = new Set<string>();
  readonly leaks: Leak[] = [];
  bytes = 0;

  constructor(canaries: Canaries) {
    this.#canaries = canaries;
  }

  /** The body as it may be written down. */
  body({ headers, body }: Answer): string {
    const text = body.toString('utf8');
    const whole = `${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${text}`;
    this.bytes += whole.length;
    const runs = (whole.match(LONG_RUN) ?? []).filter((run) => !this.#clean.has(run));
    if (runs.length === 0) return text;
    const leaks = this.#canaries.search(whole);
    if (leaks.length > 0) {
      this.leaks.push(...leaks.slice(0, MOST_LEAKS - this.leaks.length));
      return this.#canaries.redact(text);
    }
    if (this.#clean.size > MOST_CLEAN) this.#clean.clear();
    for (const run of runs) this.#clean.add(run);
    return text;
  }
}

/** Every secret, line of a key and signature, however it is written, is at least as long as a signature in base64. */
const LONG_RUN = /[A-Za-z0-9+/_=-]{43,}/g;
const MOST_CLEAN = 1000;
const MOST_LEAKS = 100;
