import { Writable } from 'node:stream';

/** As much of a terminal as is needed to know what stands on it. */
export class FakeTerminal extends Writable {
  readonly isTTY = true;
  columns: number;
  readonly rows: number;
  cursorShown = true;
  /** Everything ever written, and how often the screen was drawn upon. */
  raw = '';
  readonly #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor({ columns, rows }: { columns: number; rows: number }) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: string, _: string, done: () => void): void {
    this.raw += chunk;
    for (const [piece, parameters, letter] of chunk.matchAll(
      /(?!\n)\p{Cc}\[([?\d;]*)([A-Za-z])|\n|\P{Cc}+/gu,
    )) {
      if (letter !== undefined) this.#control(letter, parameters ?? '');
      else if (piece === '\n') this.#feed();
      else this.#print(piece);
    }
    done();
  }

  /** What is to be seen, without what has been left empty below. */
  get screen(): string[] {
    return this.#lines.slice(-this.rows).map((line) => line.trimEnd());
  }

  #feed(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
  }

  #print(text: string): void {
    for (const character of text) {
      if (this.#column === this.columns) this.#feed();
      const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #control(letter: string, parameters: string): void {
    const count = Number(parameters) || 1;
    // What has scrolled off the top cannot be reached again.
    if (letter === 'A') this.#row = Math.max(0, this.#lines.length - this.rows, this.#row - count);
    if (letter === 'G') this.#column = count - 1;
    if (letter === 'K') this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    if (letter === 'J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    }
    if (letter === 'h') this.cursorShown = true;
    if (letter === 'l') this.cursorShown = false;
  }
}
