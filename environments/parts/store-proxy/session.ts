import type { StoreError } from './store-errors.ts';
import type { Asked } from './vocabulary.ts';

/** What the store would say instead of carrying a command out. */
export interface Refusal {
  readonly says: string;
  /** Whether it is for the state that the store is in now, rather than for what was refused before. */
  readonly isForState: boolean;
  /** Whether the store holds a transaction that must be dropped with it. */
  readonly dropsTransaction: boolean;
}

const ENDS_QUEUEING = new Set(['exec', 'discard', 'quit', 'reset']);
const OPENS_STREAM = /^(?:[ps]?(?:un)?subscribe|monitor|p?sync|client\|reply)$/;

/** What the requests of one connection have brought about so far. */
export class Session {
  #name: string | undefined;
  #isStream = false;
  #queued: Asked[] | undefined;
  #isSpoiled = false;

  /** What the client calls itself. */
  get name(): string | undefined {
    return this.#name;
  }

  /** Whether what comes back is no longer one reply to each request. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** What a store in that state says to this, if it does not carry it out. */
  refusal(asked: Asked, state: StoreError | undefined): Refusal | undefined {
    const says = state?.says(asked) ?? (this.#isQueued(asked) ? state?.saysToQueued : undefined);
    if (asked.name !== 'exec') return says === undefined ? undefined : refusalOf(says, true, false);
    const dropsTransaction = this.#queued !== undefined;
    const cause = says ?? this.#queued?.map((each) => state?.says(each)).find((each) => each !== undefined);
    if (cause !== undefined) {
      const aborted = `EXECABORT Transaction discarded because of: ${cause}`;
      return refusalOf(state?.endsTransactionsPlainly ? cause : aborted, true, dropsTransaction);
    }
    if (!this.#isSpoiled) return undefined;
    return refusalOf('EXECABORT Transaction discarded because of previous errors.', false, dropsTransaction);
  }

  #isQueued({ name }: Asked): boolean {
    return this.#queued !== undefined && !ENDS_QUEUEING.has(name);
  }

  /** Whether its reply says that data was changed, or that the attempt was made. */
  applies(asked: Asked): boolean {
    if (asked.name === 'exec') return this.#queued?.some(({ writes }) => writes) ?? false;
    return asked.writes && !this.#queued;
  }

  /** Takes note of what was refused. */
  refused(asked: Asked): void {
    if (asked.name === 'exec') this.#leaveTransaction();
    else if (this.#queued) this.#isSpoiled = true;
  }

  /** Takes note of what the store is asked to do. */
  forwarded(asked: Asked): void {
    const { name, words } = asked;
    this.#isStream ||= OPENS_STREAM.test(name);
    if (name === 'multi') this.#queued ??= [];
    else if (ENDS_QUEUEING.has(name)) this.#leaveTransaction();
    else if (name !== 'watch') this.#queued?.push(asked);
    if (name === 'client|setname') this.#name = words[2]?.toString();
    if (name === 'hello') {
      const at = words.findIndex((word) => word.toString('latin1').toLowerCase() === 'setname');
      if (at > 0) this.#name = words[at + 1]?.toString();
    }
  }

  #leaveTransaction(): void {
    this.#queued = undefined;
    this.#isSpoiled = false;
  }
}

const refusalOf = (says: string, isForState: boolean, dropsTransaction: boolean): Refusal => ({
  says,
  isForState,
  dropsTransaction,
});
