import type { Chunk, Conduit } from './conduit.ts';
import { after } from './timer.ts';

/** What a stage is given when it asks for a chunk. */
export type Next = Chunk | 'ended' | 'interrupted' | 'late';

/** How long a chunk that must leave before a change may take. After that it is lost, as it is with the real server. */
const FLUSH_MS = 5_000;

/**
 * The place of one toxic in one direction of one connection. A toxic is interrupted before anything is changed around
 * it, and only while it waits in `next` or `rest`: what it has taken it passes on first.
 */
export class Stage {
  readonly input: Conduit;
  output: Conduit;
  /** Bytes a toxic has counted on this connection, kept from one run of it to the next. */
  counted = 0;
  #wake: (() => void) | undefined;
  #interrupting: ((stopped: boolean) => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(input: Conduit, output: Conduit) {
    this.input = input;
    this.output = output;
  }

  get closed(): boolean {
    return this.#closed;
  }

  run(pipe: (stage: Stage) => Promise<void>): void {
    this.#running = pipe(this);
  }

  /** The next chunk, or why there is none. */
  next(withinMs?: number): Promise<Next> {
    return new Promise((answer) => {
      let callOff: (() => void) | undefined;
      const settle = (next: Next): void => {
        this.#wake = undefined;
        callOff?.();
        answer(next);
      };
      const giveUp = (why: Next): void => {
        this.input.withdraw();
        settle(why);
      };
      if (!this.#waits(() => giveUp('interrupted'))) return;
      if (withinMs !== undefined) callOff = after(withinMs, () => giveUp('late'));
      this.input.take((chunk) => settle(chunk ?? 'ended'));
    });
  }

  rest(ms: number): Promise<'rested' | 'interrupted'> {
    return new Promise((answer) => {
      let callOff: (() => void) | undefined;
      const waits = this.#waits(() => {
        callOff?.();
        answer('interrupted');
      });
      if (!waits) return;
      callOff = after(ms, () => {
        this.#wake = undefined;
        answer('rested');
      });
    });
  }

  /** Hands a chunk on, however long the next stage takes. */
  pass(chunk: Chunk): Promise<void> | undefined {
    return this.output.put(chunk);
  }

  /** Hands a chunk on, or drops it. */
  async flush(chunk: Chunk): Promise<void> {
    const passed = this.output.put(chunk);
    if (passed === undefined) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const callOff = after(FLUSH_MS, () => {
      this.output.takeBack();
      resolve();
    });
    await Promise.race([passed, late]);
    callOff();
  }

  /** Nothing more leaves this stage, and nobody takes what still comes to it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.output.end();
    this.#interrupting?.(false);
    this.#interrupting = undefined;
  }

  /** Stops the toxic that runs here, which may take as long as its chunk takes to leave. False when it closed instead. */
  async interrupt(): Promise<boolean> {
    if (this.#closed) return false;
    const stopped = await new Promise<boolean>((settled) => {
      this.#interrupting = settled;
      this.#wake?.();
    });
    if (stopped) await this.#running;
    return stopped;
  }

  /** Ends whatever goes on here: nobody is left whom it could reach. */
  abandon(): void {
    this.close();
    this.#wake?.();
  }

  /** Begins to wait, unless somebody asked to interrupt already: then what would wake it is called at once. */
  #waits(interrupted: () => void): boolean {
    this.#wake = () => {
      const stopped = this.#interrupting;
      this.#wake = undefined;
      this.#interrupting = undefined;
      interrupted();
      stopped?.(true);
    };
    if (this.#interrupting === undefined) return true;
    this.#wake();
    return false;
  }
}
