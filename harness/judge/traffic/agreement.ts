import type { Contract, Signing } from '../../contract/contract.ts';
import type { EventOf } from '../events.ts';
import type { Judgement } from '../findings.ts';
import type { Judged } from './sent.ts';
import { times } from './clause-record.ts';
import type { Suspect } from './suspects.ts';

/** How often each replica decided rightly that one verdict, between two changes, of requests of one kind. */
export type Decisions = Map<string, number>;

interface Kind {
  changes: number;
  byVerdict: Map<string, Decisions>;
}

/** Whether all replicas decide alike while nobody is being changed. */
export class Agreement {
  readonly #kinds = new Map<string, Kind>();
  readonly #kindOf = new Map<string, Kind>();
  #agreed = 0;

  /** Streams of one plan and one mode differ in where they lead; what they send is the same. */
  declared(
    stream: EventOf<'stream'>,
    { restamped }: Pick<Contract<unknown, unknown, unknown, Signing>, 'restamped'>,
  ) {
    const { credential, mode, clauses, facts } = stream;
    const name = JSON.stringify([credential, mode, clauses, restamped(facts, [])]);
    let kind = this.#kinds.get(name);
    if (!kind) this.#kinds.set(name, (kind = { changes: 0, byVerdict: new Map() }));
    this.#kindOf.set(stream.id, kind);
  }

  /** The decisions that this one belongs to, which was made after so many changes and when each had been settled. */
  of(changes: number, { right, sent }: Judged): Decisions | undefined {
    const kind = this.#kindOf.get(sent.stream.id);
    if (!kind || right.size !== 1) return undefined;
    if (kind.changes !== changes) {
      kind.changes = changes;
      kind.byVerdict = new Map();
    }
    const [verdict = ''] = right;
    let decisions = kind.byVerdict.get(verdict);
    if (!decisions) kind.byVerdict.set(verdict, (decisions = new Map()));
    return decisions;
  }

  /** One more that was decided rightly. */
  count(decisions: Decisions, replica: string): void {
    const before = decisions.get(replica) ?? 0;
    decisions.set(replica, before + 1);
    if (before === 0 && decisions.size === 2) this.#agreed += 1;
  }

  /** A replica disagrees where it was wrong in what another was right in. */
  judge(suspects: readonly Suspect[], toldInFull: (suspect: Suspect) => Judgement): Judgement {
    for (const suspect of suspects) {
      const { replica } = suspect.judged.span;
      const other = [...(suspect.decisions ?? [])].find(([name]) => name !== replica);
      if (!other) continue;
      const [name, count] = other;
      const { actual = '', ...told } = toldInFull(suspect);
      return { ...told, actual: `${actual}; ${name} decided it rightly ${times(count)} at that time` };
    }
    return this.#agreed > 0
      ? { outcome: 'pass', actual: `${this.#agreed} kinds of request decided alike` }
      : {
          outcome: 'inconclusive',
          reason: 'No request of one kind was decided by two replicas while nothing was being changed',
        };
  }
}
