import type { EventOf } from '../events.ts';
import type { Judgement } from '../findings.ts';
import type { View } from '../view.ts';
import { Agreement } from './agreement.ts';
import { ClauseRecord, inFull } from './clause-record.ts';
import { Deaths } from './deaths.ts';
import type { Judged, Sent } from './sent.ts';
import type { Suspect } from './suspects.ts';
import type { CaseTally, Counts } from './tally.ts';
import { Servers } from './servers.ts';
import { noCounts, Slots } from './timeline.ts';

interface Credential {
  readonly credential: string;
  readonly honest: boolean;
  readonly counts: Record<keyof Counts, number>;
}

/** What all streams of one course came to, request by request. */
export class CourseRecord {
  readonly id: string;
  readonly topology: string;
  readonly agreement = new Agreement();
  readonly deaths = new Deaths();
  readonly servers = new Servers();
  /** Connections that may carry further requests of it. */
  readonly connections = new Set<EventOf<'connection'>>();
  /** The last step that was begun, and whether it is still being taken. */
  inHand: Pick<Sent, 'step' | 'rolling'> = { step: undefined, rolling: false };
  readonly #clauses = new Map<string, ClauseRecord>();
  readonly #credentials = new Map<string, Credential>();
  readonly #honest = { served: 0, unserved: 0, longestGapMs: 0, lastServed: 0, to: 0 };
  /** Since everybody had been taken back to where he stood, and until the next step. */
  #back: { readonly since: number; served: number; refused: number } | undefined;
  #slots: Slots | undefined;
  #to = 0;

  constructor({ case: id, topology }: EventOf<'stream'>) {
    this.id = id;
    this.topology = topology;
  }

  declared(view: View, stream: EventOf<'stream'>): void {
    const { credential, honest } = stream;
    if (!this.#credentials.has(credential))
      this.#credentials.set(credential, { credential, honest, counts: noCounts() });
    this.agreement.declared(stream, view.contract);
  }

  stepped(step: EventOf<'step'>): void {
    this.inHand = {
      step: step.phase === 'begun' ? step : this.inHand.step,
      rolling: step.phase !== 'ended',
    };
    const isBack = step.direction === 'back' && step.phase === 'ended';
    this.#back = isBack ? { since: step.at, served: 0, refused: 0 } : undefined;
  }

  /** Takes in a request that has ended; `decisions` are those of its kind at all replicas. */
  count(judged: Judged, decisions: Suspect['decisions']): void {
    const { span, sent, how, due, barredBy } = judged;
    this.#slots ??= new Slots(sent.event.at);
    this.#to = Math.max(this.#to, span.to);
    this.#tally(judged, 1);
    this.#countHonest(judged);
    // What honest clients show for themselves follows the rotation: it changes, and does not die.
    if (!sent.stream.honest) this.deaths.see(judged);
    const { refused } = sent.stream.clauses;
    if (due === 'accepted') this.clause(refused).owed += 1;
    if (how !== due) return;
    if (due === 'accepted') this.clause(refused).served += 1;
    else this.clause(barredBy).refused += 1;
    if (decisions && span.replica !== null) this.agreement.count(decisions, span.replica);
    if (this.#back && judged.settled && span.from >= this.#back.since) {
      if (due === 'accepted') this.#back.served += 1;
      else this.#back.refused += 1;
    }
  }

  suspects(suspect: Suspect): void {
    this.clause(brokenBy(suspect.judged)).suspects.add(suspect);
  }

  /** Judges again what looked wrong, by one more standstill. */
  review(stoodStillFrom: number, again: (suspect: Suspect) => Judged): void {
    for (const { suspects } of this.#clauses.values()) {
      suspects.review(stoodStillFrom, (suspect) => {
        const judged = again(suspect);
        if (isWrong(judged)) return false;
        this.#tally(suspect.judged, -1);
        this.#tally(judged, 1);
        return true;
      });
    }
  }

  over(): void {
    this.deaths.over();
    this.connections.clear();
  }

  clause(id: string): ClauseRecord {
    let record = this.#clauses.get(id);
    if (!record) this.#clauses.set(id, (record = new ClauseRecord()));
    return record;
  }

  judgeClause(id: string): Judgement | undefined {
    const deaths = this.deaths.told().filter(({ clause }) => clause === id);
    return this.#clauses.get(id)?.judge(deaths, this.#longestGapMs());
  }

  judgeAgreement(): Judgement {
    return this.agreement.judge(this.wrong(), (suspect) => inFull(suspect, 1));
  }

  /** Whether what held before the first step held again when everybody had been taken back. */
  judgeReturn(): Judgement {
    const back = this.#back;
    if (!back) return { outcome: 'inconclusive', reason: 'It was not taken back' };
    const wrong = this.wrong().filter(({ span }) => span.from >= back.since);
    if (wrong[0]) return inFull(wrong[0], wrong.length);
    const { served, refused } = back;
    const actual = `${served} let in and ${refused} refused since`;
    return served > 0 && refused > 0
      ? { outcome: 'pass', actual }
      : { outcome: 'inconclusive', reason: `Nothing shows what held after it was taken back: ${actual}` };
  }

  /** Everything that looks wrong, as it ended. */
  wrong(): readonly Suspect[] {
    return [...this.#clauses.values()]
      .flatMap(({ suspects }) => suspects.kept)
      .toSorted((a, b) => a.span.to - b.span.to);
  }

  /** Nothing where no request has ended. */
  told(): CaseTally | undefined {
    if (!this.#slots) return undefined;
    const { served, unserved } = this.#honest;
    return {
      case: this.id,
      topology: this.topology,
      from: this.#slots.from,
      to: this.#to,
      credentials: [...this.#credentials.values()].map(({ counts, ...each }) => ({
        ...each,
        counts: { ...counts },
      })),
      honest: { served, unserved, longestGapMs: this.#longestGapMs() },
      deaths: this.deaths.told().map(({ credential, replica, mode, afterMs, boundMs }) => ({
        credential,
        replica,
        mode,
        afterMs,
        boundMs,
      })),
      timeline: this.#slots.told([...this.#credentials.keys()]),
    };
  }

  #tally({ sent, how }: Judged, by: 1 | -1): void {
    const { credential } = sent.stream;
    this.#credentials.get(credential)!.counts[how] += by;
    this.#slots!.count(credential, sent.event.at, how, by);
  }

  #countHonest({ sent, span, letIn }: Judged): void {
    if (!sent.stream.honest) return;
    const honest = this.#honest;
    if (honest.served + honest.unserved === 0) honest.lastServed = sent.event.at;
    honest.to = Math.max(honest.to, span.to);
    if (!letIn) {
      honest.unserved += 1;
      return;
    }
    honest.served += 1;
    honest.longestGapMs = Math.max(honest.longestGapMs, span.to - honest.lastServed);
    honest.lastServed = Math.max(honest.lastServed, span.to);
  }

  #longestGapMs(): number {
    const { longestGapMs, to, lastServed } = this.#honest;
    return Math.max(longestGapMs, to - lastServed);
  }
}

export const isWrong = ({ how }: Judged): boolean =>
  how === 'wronglyAccepted' || how === 'wronglyRefused' || how === 'unserved';

/** One that had to be refused and was, for a wrong reason, speaks for the clause by which it had to be refused. */
const brokenBy = ({ how, due, barredBy, sent }: Judged): string =>
  how === 'wronglyAccepted' || due === 'refused' ? barredBy : sent.stream.clauses.refused;
