import { monotonicMs } from '../clock.ts';

/** Where requests come from: they come when they are due, whether or not those before them have been answered. */
export interface Source {
  /** In milliseconds from the start, ever later. */
  readonly arrivals: Iterator<number>;
  /** How many may be under way together. */
  readonly atOnce: number;
  /** Sends one. Times are on the monotonic clock. */
  readonly send: (due: number) => Promise<void>;
  /** One was due while too many were under way. */
  readonly drop: (due: number) => void;
}

/** What one source brings. */
export interface Flow {
  /** Settles when nothing of it is under way. */
  quiet(): Promise<void>;
  /** Sends one more out of turn, in its own way if need be; settles when it has ended, at once where nothing comes any more. */
  extra(send?: (due: number) => Promise<void>): Promise<void>;
}

/** Starts everything on time and waits for nothing. One timer serves all sources. */
export class OpenModel {
  readonly #lanes: Lane[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  add(source: Source): Flow {
    const lane = new Lane(source, (error) => this.#fail(error));
    this.#lanes.push(lane);
    this.#wait();
    return lane;
  }

  /** Nothing comes due any more; what is under way goes on. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const lane of this.#lanes) lane.end();
  }

  /** Throws what a source has thrown, once. */
  throwIfFailed(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...this.#lanes.map(({ due }) => due));
    // A timer counts whole milliseconds. One too soon costs a look at the clock, one too late would be our lag.
    const ms = Math.max(1, Math.floor(next - monotonicMs()));
    if (next < Infinity) this.#timer = setTimeout(() => this.#begin(), ms);
  }

  #begin(): void {
    const now = monotonicMs();
    for (const lane of this.#lanes) lane.begin(now);
    this.#wait();
  }
}

class Lane implements Flow {
  readonly #source: Source;
  readonly #failed: (error: unknown) => void;
  readonly #startedAt = monotonicMs();
  #due = 0;
  #underWay = 0;
  #whenQuiet: (() => void)[] = [];

  constructor(source: Source, failed: (error: unknown) => void) {
    this.#source = source;
    this.#failed = failed;
    this.#advance();
  }

  get due(): number {
    return this.#due;
  }

  begin(now: number): void {
    while (this.#due <= now) {
      const due = this.#due;
      this.#advance();
      if (this.#underWay < this.#source.atOnce) void this.#send(due);
      else this.#source.drop(due);
    }
  }

  end(): void {
    this.#due = Infinity;
  }

  quiet(): Promise<void> {
    return this.#underWay === 0 ? Promise.resolve() : new Promise((done) => this.#whenQuiet.push(done));
  }

  async extra(send = this.#source.send): Promise<void> {
    if (this.#due < Infinity) await this.#send(monotonicMs(), send);
  }

  #advance(): void {
    const { done, value } = this.#source.arrivals.next();
    this.#due = done === true ? Infinity : this.#startedAt + value;
  }

  async #send(due: number, send = this.#source.send): Promise<void> {
    this.#underWay += 1;
    try {
      await send(due);
    } catch (error) {
      this.#failed(error);
    }
    this.#underWay -= 1;
    if (this.#underWay === 0) call(this.#whenQuiet.splice(0));
  }
}

const call = (waiting: readonly (() => void)[]): void => {
  for (const done of waiting) done();
};
