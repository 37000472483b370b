import type { Secret } from '../signer/secret.ts';

/** Something that must not be seen was seen. */
export interface Leak {
  readonly what: string;
  readonly form: string;
  /** What stood around it, itself redacted. */
  readonly context: string;
}

/**
 * Every secret of a run and every signature that was right, kept in memory only, to look for where none may be:
 * in answers, in logs and in our own reports.
 */
export class Canaries {
  readonly #needles = new Map<string, { readonly what: string; readonly form: string }>();
  #pattern: RegExp | undefined;
  #longEnough: RegExp | undefined;
  #shortestRun = Infinity;
  readonly #signatures = new Map<string, string>();

  get count(): number {
    return this.#needles.size + this.#signatures.size;
  }

  watch(secret: Secret): void {
    for (const [form, needle] of formsOf(secret.reveal())) this.#add(needle, `secret ${secret.id}`, form);
  }

  /** A private key is looked for by a line from its middle: as a whole it would be missed once it is re-wrapped. */
  watchKey(key: Secret): void {
    const lines = key
      .reveal()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('-----'));
    const line = lines[Math.floor(lines.length / 2)];
    if (line !== undefined) this.#add(line, `private key ${key.id}`, 'PEM');
  }

  watchSignature(signature: string, what: string): void {
    this.#signatures.set(signature.toLowerCase(), what);
  }

  search(text: string): Leak[] {
    const found = [...this.#secretsIn(text), ...this.#signaturesIn(text)];
    return found.map(({ what, form, at, length }) => ({
      what,
      form,
      context: this.#around(text, at, at + length, what).replaceAll(/\s+/g, ' '),
    }));
  }

  /** The same text with a name in place of everything that must not be seen. */
  redact(text: string): string {
    let clean = text;
    const found = [...this.#secretsIn(text), ...this.#signaturesIn(text)];
    const pieces = new Map(found.map(({ at, length, what }) => [text.slice(at, at + length), what]));
    for (const [piece, what] of [...pieces].toSorted(([a], [b]) => b.length - a.length)) {
      clean = clean.replaceAll(piece, `[${what}]`);
    }
    // The one line that a key is known by is not all of it that is secret.
    return clean.replaceAll(
      KEY_BLOCK,
      (block) => /\[private key [^\]]+\]/.exec(block)?.[0] ?? '[a private key]',
    );
  }

  /** A little of what stands around a find. It is redacted before it is cut: nobody recognises half a secret. */
  #around(text: string, from: number, to: number, what: string): string {
    const before = this.redact(text.slice(Math.max(0, from - NEIGHBOURHOOD), from));
    const after = this.redact(text.slice(to, to + NEIGHBOURHOOD));
    return `${before.slice(-60)}[${what}]${after.slice(0, 20)}`;
  }

  #add(needle: string, what: string, form: string): void {
    this.#needles.set(needle, { what, form });
    // Hex is hex in either case.
    if (form === 'hex') this.#needles.set(needle.toUpperCase(), { what, form });
    this.#pattern = undefined;
    this.#longEnough = undefined;
    this.#shortestRun = Math.min(this.#shortestRun, longestRun(needle));
  }

  *#secretsIn(text: string): Generator<Found> {
    if (this.#needles.size === 0) return;
    // Most texts hold no run of letters and digits that is long enough to be one.
    this.#longEnough ??= new RegExp(`[A-Za-z0-9]{${this.#shortestRun}}`);
    if (!this.#longEnough.test(text)) return;
    // One pattern for all: every answer is searched for every form of every secret.
    this.#pattern ??= new RegExp(
      [...this.#needles.keys()].map((needle) => RegExp.escape(needle)).join('|'),
      'g',
    );
    for (const { 0: needle, index } of text.matchAll(this.#pattern)) {
      const found = this.#needles.get(needle);
      if (found) yield { ...found, at: index, length: needle.length };
    }
  }

  /** By pattern and table, since there are thousands of signatures and a log is long. */
  *#signaturesIn(text: string): Generator<Found> {
    for (const { 0: run, index } of text.matchAll(/[0-9A-Fa-f]{64,}/g)) {
      for (let at = 0; at + 64 <= run.length; at += 1) {
        const what = this.#signatures.get(run.slice(at, at + 64).toLowerCase());
        if (what !== undefined) yield { what, form: 'hex', at: index + at, length: 64 };
      }
    }
    // What stands before it may be of the same letters: "sha256-", or the slash of a path.
    for (const { 0: run, index } of text.matchAll(/[A-Za-z0-9+/_-]{43,}/g)) {
      for (let at = 0; at + 43 <= run.length; at += 1) {
        const digest = Buffer.from(run.slice(at, at + 43), 'base64').toString('hex');
        const what = this.#signatures.get(digest);
        if (what !== undefined) yield { what, form: 'base64', at: index + at, length: 43 };
      }
    }
  }
}

const KEY_BLOCK = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----/gs;

/** Far more than is shown, so that no secret is cut in two near enough to be seen. */
const NEIGHBOURHOOD = 4096;

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/[A-Za-z0-9]+/g)) longest = Math.max(longest, run.length);
  return longest;
}

interface Found {
  readonly what: string;
  readonly form: string;
  readonly at: number;
  readonly length: number;
}

/** The ways in which a careless program prints a secret. */
function formsOf(secret: string): Map<string, string> {
  const bytes = Buffer.from(secret, 'utf8');
  const forms = new Map([
    ['as it is', secret],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['URL', encodeURIComponent(secret)],
    ['hex', bytes.toString('hex')],
    ['base64', bytes.toString('base64').replace(/=+$/, '')],
    ['base64url', bytes.toString('base64url')],
  ]);
  const seen = new Set<string>();
  for (const [form, text] of forms) {
    if (seen.has(text)) forms.delete(form);
    seen.add(text);
  }
  return forms;
}
