import type { EventOf } from '../events.ts';
import type { Spender } from '../ledger.ts';

/** A request of a stream as far as others need to know of it that would spend the same key. */
export class Spending implements Spender {
  readonly id: string;
  readonly stream: EventOf<'stream'>;
  readonly replica: string | null;
  readonly from: number;
  readonly oneKey: boolean;
  to = Infinity;
  accepted = false;

  constructor(id: string, sent: Pick<Spending, 'stream' | 'replica' | 'from' | 'oneKey'>) {
    this.id = id;
    this.stream = sent.stream;
    this.replica = sent.replica;
    this.from = sent.from;
    this.oneKey = sent.oneKey;
  }

  get topology(): string {
    return this.stream.topology;
  }

  /** One that surely has not is let go of. */
  mayHaveSpent(): boolean {
    return true;
  }
}

/** As the check of acceptances names it. */
export const acceptance = ({ id, stream, replica, from }: Spending) => ({
  id,
  case: stream.case,
  where: replica ?? stream.target,
  from,
});
