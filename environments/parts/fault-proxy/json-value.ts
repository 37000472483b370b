/** JSON with numbers as they were written, and with members in order, as often as they occur. */
export type JsonValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonValue[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: JsonValue])[] };

/** Why a body is no JSON, in the words of the real server's decoder. */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads the first value of a body. Like the real server it does not look at what comes after it. */
export function readJson(body: Buffer): JsonValue {
  // Read byte by byte, since a wrong character is told as the byte it begins with.
  return new Reader(body.toString('latin1')).value('looking for beginning of value');
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(expected: string): JsonValue {
    const first = this.#skipSpace();
    switch (first) {
      case '{':
        return { kind: 'object', members: this.#members() };
      case '[':
        return { kind: 'array', items: this.#items() };
      case '"':
        return { kind: 'string', value: this.#string() };
      case 't':
        return this.#literal('true', { kind: 'bool', value: true });
      case 'f':
        return this.#literal('false', { kind: 'bool', value: false });
      case 'n':
        return this.#literal('null', { kind: 'null' });
      default:
        if (first === '-' || isDigit(first)) return { kind: 'number', text: this.#number() };
        throw this.#wrong(expected);
    }
  }

  #members(): (readonly [string, JsonValue])[] {
    const members: (readonly [string, JsonValue])[] = [];
    this.#at += 1;
    for (;;) {
      const next = this.#skipSpace();
      if (next === '}' && members.length === 0) break;
      if (next !== '"') throw this.#wrong('looking for beginning of object key string');
      const name = this.#string();
      if (this.#skipSpace() !== ':') throw this.#wrong('after object key');
      this.#at += 1;
      members.push([name, this.value('looking for beginning of value')]);
      const after = this.#skipSpace();
      if (after === '}') break;
      if (after !== ',') throw this.#wrong('after object key:value pair');
      this.#at += 1;
    }
    this.#at += 1;
    return members;
  }

  #items(): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    for (;;) {
      if (this.#skipSpace() === ']' && items.length === 0) break;
      items.push(this.value('looking for beginning of value'));
      const after = this.#skipSpace();
      if (after === ']') break;
      if (after !== ',') throw this.#wrong('after array element');
      this.#at += 1;
    }
    this.#at += 1;
    return items;
  }

  #string(): string {
    let read = '';
    let from = this.#at + 1;
    for (this.#at = from; ; this.#at += 1) {
      const each = this.#here();
      if (each === '"' || each === '\\') read += utf8(this.#text.slice(from, this.#at));
      if (each === '"') break;
      if (each < ' ') throw this.#wrong('in string literal');
      if (each !== '\\') continue;
      this.#at += 1;
      read += this.#escape();
      from = this.#at + 1;
    }
    this.#at += 1;
    return read.toWellFormed();
  }

  #escape(): string {
    const letter = this.#here();
    if ('"\\/'.includes(letter)) return letter;
    if (letter !== 'u') {
      const meant = ESCAPES[letter];
      if (meant === undefined) throw this.#wrong('in string escape code');
      return meant;
    }
    for (let digit = 0; digit < 4; digit += 1) {
      this.#at += 1;
      if (!/[0-9a-fA-F]/.test(this.#here()))
        throw this.#wrong(String.raw`in \u hexadecimal character escape`);
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(this.#at - 3, this.#at + 1), 16));
  }

  #literal(word: string, value: JsonValue): JsonValue {
    for (const letter of word) {
      if (this.#here() !== letter) throw this.#wrong(`in literal ${word} (expecting '${letter}')`);
      this.#at += 1;
    }
    return value;
  }

  #number(): string {
    const from = this.#at;
    if (this.#here() === '-') this.#at += 1;
    if (!isDigit(this.#here())) throw this.#wrong('in numeric literal');
    if (this.#here() === '0') this.#at += 1;
    else this.#digits();
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      if (!isDigit(this.#here())) throw this.#wrong('after decimal point in numeric literal');
      this.#digits();
    }
    if (/^[eE]$/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1;
      if ('+-'.includes(this.#here())) this.#at += 1;
      if (!isDigit(this.#here())) throw this.#wrong('in exponent of numeric literal');
      this.#digits();
    }
    return this.#text.slice(from, this.#at);
  }

  #digits(): void {
    while (isDigit(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #skipSpace(): string {
    while (/^[ \t\r\n]$/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#here();
  }

  #here(): string {
    const here = this.#text[this.#at];
    if (here === undefined)
      throw new JsonSyntaxError(/[^ \t\r\n]/.test(this.#text) ? 'unexpected EOF' : 'EOF');
    return here;
  }

  #wrong(where: string): JsonSyntaxError {
    return new JsonSyntaxError(`invalid character ${quoted(this.#here())} ${where}`);
  }
}

const isDigit = (text: string): boolean => /^[0-9]$/.test(text);

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

const NAMED: Readonly<Record<string, string>> = {
  "'": String.raw`\'`,
  '\\': String.raw`\\`,
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
};

function quoted(byte: string): string {
  const code = byte.charCodeAt(0);
  const hex = code.toString(16);
  const unprintable = code < 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0xad;
  const long = code < 0x80 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  return `'${NAMED[byte] ?? (unprintable ? long : byte)}'`;
}
