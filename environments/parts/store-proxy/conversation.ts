import { connect, type Socket } from 'node:net';
import type { Deed, Mischief, StoreErrorCode } from '../../../harness/faults/mischief.ts';
import { type Endpoint, SPLICED } from '../splice.ts';
import { FrameCutter, type Piece, REPLIES, REQUESTS } from './frames.ts';
import { wordsOf } from './request.ts';
import { reset } from '../reset.ts';
import { type Refusal, Session } from './session.ts';
import { callsByName, STORE_ERRORS } from './store-errors.ts';
import type { Asked, Vocabulary } from './vocabulary.ts';

/** A mischief in force, and how many commands it is still for. */
export type Serving = Mischief & { left: number };

export interface DeedOnConnection extends Deed {
  readonly client: { readonly name: string | undefined; readonly port: number };
  /** By which the store knows the connection. */
  readonly upstreamPort: number | undefined;
}

/** A reply that the client is owed. */
interface Owed {
  /** What we say ourselves: the store was not asked. */
  readonly refusal?: Buffer;
  /** What is made of the store's reply. */
  readonly edit?: ((reply: Buffer) => Buffer) | undefined;
  /** Which mischief the command came under, where that is one for its reply. */
  readonly under?: ForReplies | undefined;
  /** What has come of a reply that must be whole before it is known what becomes of it. */
  readonly parts: Buffer[];
}

type ForReplies = Extract<Serving, { kind: `reply-${string}` }>;

/** What becomes of what is to go to the client; of what is dead, nothing comes through in either direction. */
type Way = 'open' | 'held' | 'lost' | 'dead';

const DISCARD = Buffer.from('*1\r\n$7\r\nDISCARD\r\n');
const NOTHING = Buffer.alloc(0);
const MOST_HELD_BYTES = 1024 ** 2;

/** A client and its store, and ourselves in between: each request is matched with its reply. */
export class Conversation {
  /** Settles when both sides are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #clientPort: number;
  readonly #store: Socket;
  #storePort: number | undefined;
  readonly #vocabulary: Vocabulary;
  readonly #serving: () => Serving | undefined;
  readonly #session = new Session();
  readonly #requests = new FrameCutter(REQUESTS);
  readonly #replies = new FrameCutter(REPLIES);
  readonly #request: Buffer[] = [];
  readonly #owed: Owed[] = [];
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #way: Way = 'open';
  #done = nothingDone();
  #isOlder = false;

  constructor(client: Socket, storeAt: Endpoint, vocabulary: Vocabulary, serving: () => Serving | undefined) {
    this.#client = client;
    this.#clientPort = client.remotePort ?? 0;
    this.#store = connect({ ...storeAt, ...SPLICED });
    this.#vocabulary = vocabulary;
    this.#serving = serving;
    this.closed = Promise.all([closing(client), closing(this.#store)]).then(() => undefined);
    client.on('data', (chunk) => this.#hear(chunk));
    client.on('end', () => this.#hearEnd());
    client.on('error', () => this.#hearReset(this.#store));
    client.on('drain', () => this.#store.resume());
    this.#store.on('connect', () => {
      this.#storePort = this.#store.localPort;
    });
    this.#store.on('data', (chunk) => this.#answer(chunk));
    this.#store.on('end', () => this.#answerEnd());
    this.#store.on('error', () => this.#hearReset(client));
    this.#store.on('drain', () => client.resume());
  }

  deed(): DeedOnConnection {
    return {
      client: { name: this.#session.name, port: this.#clientPort },
      upstreamPort: this.#storePort,
      isOpen: !(this.#client.closed && this.#store.closed),
      isOlder: this.#isOlder,
      forwarded: this.#done.forwarded,
      scriptsByName: this.#done.scriptsByName,
      refused: { ...this.#done.refused },
      withheld: { ...this.#done.withheld },
      swallowed: this.#done.swallowed,
    };
  }

  /** Counts anew. */
  begin(): void {
    this.#done = nothingDone();
    this.#isOlder = true;
  }

  /** From now on neither side learns anything of the other, not even that it is gone. */
  die(): void {
    this.#way = 'dead';
    // What comes is taken, as by a network that has yet to notice.
    this.#client.resume();
    this.#store.resume();
  }

  /** Lets go what was held. A connection that lost a reply can only be reset: the next would be taken for that one. */
  heal(): void {
    if (this.#way === 'lost' || this.#way === 'dead') this.reset();
    if (this.#way !== 'held') return;
    this.#way = 'open';
    this.#heldBytes = 0;
    this.#deliver(Buffer.concat(this.#held.splice(0)));
    if (!this.#client.writableNeedDrain) this.#store.resume();
    if (this.#store.readableEnded) this.#client.end();
  }

  reset(): void {
    reset(this.#client);
    reset(this.#store);
  }

  #hear(chunk: Buffer): void {
    if (this.#way === 'dead') {
      this.#done.swallowed += chunk.length;
      return;
    }
    this.#store.cork();
    for (const { bytes, sign, ends } of this.#requests.cut(chunk)) {
      this.#request.push(bytes);
      if (!ends) continue;
      const [only, ...more] = this.#request.splice(0);
      const frame = more.length === 0 && only ? only : Buffer.concat([only ?? NOTHING, ...more]);
      if (sign === '' || this.#session.isStream) this.#store.write(frame);
      else this.#ask(frame);
    }
    this.#store.uncork();
    if (this.#store.writableNeedDrain) this.#client.pause();
  }

  #hearReset(other: Socket): void {
    if (this.#way !== 'dead') reset(other);
  }

  #hearEnd(): void {
    if (this.#way === 'dead') return;
    for (const rest of this.#request.splice(0)) this.#store.write(rest);
    this.#store.end();
    if (this.#way === 'lost' && this.#store.readableEnded) this.#client.end();
  }

  #ask(frame: Buffer): void {
    const words = wordsOf(frame);
    const asked = this.#vocabulary(words);
    const serving = this.#serving();
    const code = serving?.kind === 'error' ? serving.code : undefined;
    const state = code && STORE_ERRORS[code];
    const refusal = asked && this.#session.refusal(asked, state);
    if (refusal) return this.#refuse(asked, refusal, code);

    this.#store.write(frame);
    if (words.length === 0) return;
    this.#done.forwarded += 1;
    if (asked && callsByName(asked)) this.#done.scriptsByName += 1;
    const under = isForReplies(serving) && asked && this.#session.applies(asked) ? serving : undefined;
    if (asked) this.#session.forwarded(asked);
    if (!this.#session.isStream)
      this.#owed.push({ edit: asked && state?.reports?.(asked), under, parts: [] });
  }

  #refuse(asked: Asked, refusal: Refusal, code: StoreErrorCode | undefined): void {
    this.#session.refused(asked);
    if (code && refusal.isForState) this.#done.refused[code] = (this.#done.refused[code] ?? 0) + 1;
    const says = Buffer.from(`-${refusal.says}\r\n`);
    if (refusal.dropsTransaction) {
      this.#store.write(DISCARD);
      this.#owed.push({ edit: () => says, parts: [] });
    } else {
      this.#owed.push({ refusal: says, parts: [] });
      this.#sayRefusals();
    }
  }

  #sayRefusals(): void {
    for (let refusal = this.#owed[0]?.refusal; refusal; refusal = this.#owed[0]?.refusal) {
      this.#owed.shift();
      this.#deliver(refusal);
    }
  }

  #answer(chunk: Buffer): void {
    if (this.#way === 'dead') return;
    for (const piece of this.#replies.cut(chunk)) {
      const owed = isUnasked(piece) ? undefined : this.#owed[0];
      if (owed) this.#settle(owed, piece);
      else this.#deliver(piece.bytes);
    }
  }

  #settle(owed: Owed, { bytes, sign, ends }: Piece): void {
    const mustBeWhole = owed.edit ?? owed.under;
    if (mustBeWhole) owed.parts.push(bytes);
    else this.#deliver(bytes);
    if (!ends) return;
    this.#owed.shift();
    const reply = mustBeWhole && Buffer.concat(owed.parts);
    if (reply && owed.under && sign !== '-' && sign !== '!') this.#suffer(owed.under, reply);
    else if (reply) this.#deliver(owed.edit ? owed.edit(reply) : reply);
    this.#sayRefusals();
  }

  /** Does to the reply of a command that was carried out what is served now. */
  #suffer(under: ForReplies, reply: Buffer): void {
    if (under !== this.#serving()) return this.#deliver(reply);
    const { withheld } = this.#done;
    if (this.#way === 'lost') {
      withheld.lost += 1;
      return;
    }
    if (this.#way === 'open') {
      if (under.left === 0) return this.#deliver(reply);
      under.left -= 1;
    }
    switch (under.kind) {
      case 'reply-held':
        withheld.held += 1;
        this.#way = 'held';
        return this.#deliver(reply);
      case 'reply-lost':
        withheld.lost += 1;
        if (under.connection === 'reset') return this.#resetAfter(NOTHING);
        this.#way = 'lost';
        return;
      case 'reply-cut':
        withheld.cut += 1;
        return this.#resetAfter(reply.subarray(0, reply.length >> 1));
      default:
        under satisfies never;
    }
  }

  /** Resets once what came before has left: what is still under way then is lost too, as by any reset. */
  #resetAfter(last: Buffer): void {
    this.#way = 'lost';
    this.#client.write(last, () => this.reset());
  }

  #deliver(bytes: Buffer): void {
    if (this.#way === 'lost' || this.#way === 'dead') return;
    if (this.#way === 'open') {
      if (!this.#client.write(bytes)) this.#store.pause();
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MOST_HELD_BYTES) this.#store.pause();
  }

  #answerEnd(): void {
    if (this.#way === 'dead') return;
    for (const { parts } of this.#owed.splice(0, 1)) for (const part of parts) this.#deliver(part);
    if (this.#way === 'open' || (this.#way === 'lost' && this.#client.readableEnded)) this.#client.end();
  }
}

/** Pushed, or no RESP at all. */
const isUnasked = ({ sign }: Piece): boolean => sign === '>' || sign === '';

const isForReplies = (serving: Serving | undefined): serving is ForReplies =>
  serving?.kind.startsWith('reply-') === true;

const nothingDone = () => ({
  forwarded: 0,
  scriptsByName: 0,
  refused: {} as Partial<Record<StoreErrorCode, number>>,
  withheld: { lost: 0, cut: 0, held: 0 },
  swallowed: 0,
});

const closing = (socket: Socket): Promise<void> =>
  new Promise((done) => void socket.once('close', () => done()));
