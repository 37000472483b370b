/** A stretch of a stream that lies within one frame. */
export interface Piece {
  readonly bytes: Buffer;
  /** The sign that its frame begins with; none where the stream has stopped making sense. */
  readonly sign: string;
  /** Whether its frame ends with it. */
  readonly ends: boolean;
}

/** What a line says of what comes after it within its frame, or nothing when no such line can be. */
export interface Grammar {
  follows(line: string, isFirst: boolean): Following | undefined;
  /** The most that may come without the end of a line. */
  readonly longestLine: number;
}

interface Following {
  readonly bytes?: number;
  readonly elements?: number;
}

const LINE_FEED = 0x0a;
const LINE_END = 2;

/**
 * Cuts a stream of RESP where its frames end, wherever its chunks end. The pieces are the stream, byte for byte; from
 * the first line that cannot be on, each chunk is one piece without a sign, for the other side to judge.
 */
export class FrameCutter {
  readonly #grammar: Grammar;
  #sign = '';
  #line = '';
  #payload = 0;
  #elements = 0;
  #isLost = false;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  *cut(chunk: Buffer): Generator<Piece, void> {
    let from = 0;
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      at = this.#payload > 0 ? this.#skip(chunk, at) : this.#read(chunk, at);
      if (this.#isLost || this.#elements > 0 || this.#payload > 0 || this.#line !== '') continue;
      yield { bytes: chunk.subarray(from, at), sign: this.#sign, ends: true };
      this.#sign = '';
      from = at;
    }
    if (this.#isLost) yield { bytes: chunk.subarray(from), sign: '', ends: true };
    else if (from < chunk.length) yield { bytes: chunk.subarray(from), sign: this.#sign, ends: false };
  }

  #skip(chunk: Buffer, at: number): number {
    const step = Math.min(this.#payload, chunk.length - at);
    this.#payload -= step;
    return at + step;
  }

  #read(chunk: Buffer, at: number): number {
    const feed = chunk.indexOf(LINE_FEED, at);
    const end = feed === -1 ? chunk.length : feed + 1;
    this.#line += chunk.toString('latin1', at, end);
    const isFirst = this.#elements === 0;
    if (isFirst) this.#sign = this.#line.charAt(0);
    if (feed === -1) this.#isLost = this.#line.length > this.#grammar.longestLine;
    else this.#take(isFirst);
    return end;
  }

  #take(isFirst: boolean): void {
    const following = this.#grammar.follows(this.#line, isFirst);
    this.#line = '';
    if (!following) {
      this.#isLost = true;
      return;
    }
    if (!isFirst) this.#elements -= 1;
    this.#elements += following.elements ?? 0;
    this.#payload = following.bytes === undefined ? 0 : following.bytes + LINE_END;
  }
}

const WHOLE = /^(?:0|-?[1-9]\d*)\r\n$/;
const MOST_ARGUMENTS = 2 ** 31 - 1;
const LONGEST_ARGUMENT = 512 * 1024 ** 2;

/** What Redis reads: an array of bulk strings, or a line of words. As strict as it is, for it answers at once. */
export const REQUESTS: Grammar = {
  longestLine: 64 * 1024,
  follows(line, isFirst) {
    const sign = line.charAt(0);
    if (isFirst && sign !== '*') return {};
    const count = WHOLE.test(line.slice(1)) ? parseInt(line.slice(1), 10) : NaN;
    if (isFirst) return count <= MOST_ARGUMENTS ? { elements: Math.max(0, count) } : undefined;
    return sign === '$' && count >= 0 && count <= LONGEST_ARGUMENT ? { bytes: count } : undefined;
  },
};

/** What Redis writes, in RESP2 and RESP3. */
export const REPLIES: Grammar = {
  longestLine: Infinity,
  follows(line) {
    const count = parseInt(line.slice(1), 10);
    switch (line.charAt(0)) {
      case '+':
      case '-':
      case ':':
      case '_':
      case '#':
      case ',':
      case '(':
        return {};
      case '$':
      case '!':
      case '=':
        return count < 0 ? {} : known({ bytes: count });
      case '*':
      case '~':
      case '>':
        return known({ elements: Math.max(0, count) });
      case '%':
        return known({ elements: 2 * count });
      // Attributes come before the value that they belong to.
      case '|':
        return known({ elements: 2 * count + 1 });
      default:
        return undefined;
    }
  },
};

const known = (following: Following): Following | undefined =>
  Number.isNaN(following.bytes ?? following.elements) ? undefined : following;
