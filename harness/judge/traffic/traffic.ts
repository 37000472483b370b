import type { EventOf, HistoryEvent } from '../events.ts';
import type { Span } from '../exchange.ts';
import type { Judgement } from '../findings.ts';
import { holdingsDuring } from '../holdings.ts';
import { asSpenders, type Spender } from '../ledger.ts';
import { Passing } from '../passing.ts';
import { stalledWithin } from '../standstill.ts';
import type { View } from '../view.ts';
import { CourseRecord, isWrong } from './course-record.ts';
import { ScheduleKept } from './schedule.ts';
import { judgeSent, mayHaveSpent, spanOf, tookMs, type End, type Judged, type Sent } from './sent.ts';
import { Spending } from './spending.ts';
import { Spendings, type Pair } from './spendings.ts';
import { Suspects, type Suspect } from './suspects.ts';
import type { CaseTally, Schedule } from './tally.ts';

interface Declared {
  readonly stream: EventOf<'stream'>;
  readonly course: CourseRecord;
}

interface Place {
  readonly spendings: Spendings;
  /** How many changes were begun. */
  changes: number;
  /** From when on nobody can doubt what each replica holds, as long as no further change is begun. */
  settledSince: number;
  readonly windows: Map<string, { readonly from: number; to: number }[]>;
}

/** What is known of answers in time. */
export interface Answering {
  readonly sent: number;
  readonly slowestMs: number;
  /** Took longer than the bound, and nobody stood still meanwhile. */
  readonly late: Judged | undefined;
  /** Had to be let in and never was, and one of which that is not known yet. */
  readonly unserved: Sent | undefined;
  readonly underWay: Sent | undefined;
}

/**
 * Judges requests of streams as they end, and forgets them. What looks right is settled: whatever becomes known later
 * can only excuse. What looks wrong is judged again whenever it turns out that somebody stood still meanwhile.
 */
export class Traffic {
  readonly #schedule = new ScheduleKept();
  readonly #view: View;
  readonly #streams = new Map<string, Declared>();
  readonly #courses = new Map<string, CourseRecord>();
  /** Courses that are not over. */
  readonly #live = new Set<CourseRecord>();
  readonly #underWay = new Passing<Sent>();
  readonly #places = new Map<string, Place>();
  readonly #late = new Suspects<Judged>();
  /** How many were let in. */
  accepted = 0;
  #ended = 0;
  #slowestMs = 0;

  constructor(view: View) {
    this.#view = view;
  }

  course(id: string): CourseRecord | undefined {
    return this.#courses.get(id);
  }

  tallies(): readonly CaseTally[] {
    return [...this.#courses.values()].flatMap((course) => course.told() ?? []);
  }

  /** Two of one course, or of all, that spent one nonce and were both let in. */
  acceptedTwice(course?: string): Pair | undefined {
    for (const { spendings } of this.#places.values()) {
      const pair = spendings.twice(this.#view, course);
      if (pair) return pair;
    }
    return undefined;
  }

  answering(): Answering {
    const wrong = [...this.#courses.values()].flatMap((course) => course.wrong());
    return {
      sent: this.#ended + this.#underWay.size,
      slowestMs: this.#slowestMs,
      late: this.#late.kept[0],
      unserved: wrong.find(({ judged }) => judged.how === 'unserved')?.sent,
      underWay: this.#underWay.entries().next().value?.[1],
    };
  }

  /** What lies around the requests; of changes and standstills the view knows already. */
  hear(event: HistoryEvent): void {
    if (event.type === 'stream') this.#declared(event);
    if (event.type === 'step') this.#courses.get(event.case)?.stepped(event);
    if (event.type === 'window') this.#window(event);
    if (event.type === 'state') this.#stateChanged(event);
    if (event.type === 'stall') this.#stoodStill(event);
    if (event.type === 'case' && event.phase === 'ended') this.#over(event.case);
  }

  #declared(stream: EventOf<'stream'>): void {
    let course = this.#courses.get(stream.case);
    if (!course) {
      course = new CourseRecord(stream);
      this.#courses.set(stream.case, course);
      this.#live.add(course);
    }
    this.#streams.set(stream.id, { stream, course });
    course.declared(this.#view, stream);
  }

  /** How well the harness kept to its own schedule. */
  schedule(): Schedule {
    return this.#schedule.told();
  }

  judgeSchedule(): Judgement {
    return this.#schedule.judge();
  }

  connected(connection: EventOf<'connection'>): void {
    for (const course of this.#liveAt(connection.topology)) course.servers.see(this.#view, connection);
  }

  sent(event: EventOf<'sent'>): void {
    const { contract, connections } = this.#view;
    const { stream, course } = this.#declaredAs(event);
    const connection = connections.used(event);
    if (connection.mode === 'kept') course.connections.add(connection);
    const facts = contract.restamped(stream.facts, event.stamp);
    const spends = contract.spends(facts);
    const keys = spends.length > 1 ? [...new Set(spends)] : spends;
    const spending = new Spending(event.id, {
      stream,
      replica: connection.servedBy,
      from: event.at,
      oneKey: keys.length === 1,
    });
    this.#at(stream.topology).spendings.begins(spending, keys);
    this.#schedule.sent(event);
    this.#underWay.set(event.id, { ...course.inHand, event, stream, connection, facts, keys, spending });
  }

  ended(end: End): void {
    const sent = this.#underWay.get(end.id);
    if (!sent) throw new Error(`An answer names unknown request ${end.id}`);
    this.#underWay.delete(end.id);
    if (end.type === 'got') this.#schedule.got(sent.event, end);
    if (sent.connection.mode !== 'kept') this.#view.connections.forget(sent.connection);
    const { stream, spending, keys } = sent;
    const place = this.#at(stream.topology);
    const { spendings } = place;
    spending.to = end.at;
    const ended = { sent, end, inWindow: this.#inWindow(sent, end) };
    const spenders = (key: string): readonly Spender[] => this.#spenders(stream.topology, key);
    const judged = judgeSent(this.#view, ended, spenders);
    if (judged.letIn) {
      this.accepted += 1;
      spendings.accept(this.#view, spending, keys);
    } else if (!mayHaveSpent(this.#view, judged)) spendings.cancel(spending, keys);
    this.#time(judged);
    const { course } = this.#declaredAs(sent.event);
    const decisions = this.#isSettled(place, judged) ? course.agreement.of(place.changes, judged) : undefined;
    course.count(judged, decisions);
    if (!isWrong(judged)) return;
    const known = new Map(keys.map((key) => [key, [...spenders(key)]]));
    course.suspects({ ...ended, judged, span: judged.span, decisions, spenders: known });
  }

  dropped(event: EventOf<'dropped'>): void {
    this.#declaredAs({ id: `due at ${event.due}`, stream: event.stream });
    this.#schedule.drop();
  }

  #stateChanged({ topology, replica, phase, holding }: EventOf<'state'>): void {
    const place = this.#at(topology);
    place.spendings.retains(this.#view.contract.retentionMs(holding));
    if (phase !== 'begun') return;
    place.changes += 1;
    place.settledSince = Infinity;
    const [before, now] = this.#view.changes.of(topology, replica).slice(-2);
    if (!before || !now) return;
    const { contract } = this.#view;
    for (const course of this.#liveAt(topology)) {
      course.deaths.changed(this.#view, before, now);
      if (contract.shows(before.holding) !== contract.shows(now.holding)) course.servers.changed(replica);
    }
  }

  #stoodStill(stall: EventOf<'stall'>): void {
    for (const place of this.#places.values()) place.settledSince = Infinity;
    this.#schedule.stoodStill(stall);
    this.#late.review(stall.from, ({ span }) => stalledWithin(this.#view, span));
    const again = (suspect: Suspect): Judged =>
      judgeSent(this.#view, suspect, (key) => suspect.spenders.get(key) ?? []);
    for (const course of this.#courses.values()) {
      course.review(stall.from, again);
      course.servers.review(this.#view, stall.from);
    }
  }

  #window({ topology, replica, phase, at }: EventOf<'window'>): void {
    const { windows } = this.#at(topology);
    const declared = windows.get(replica) ?? [];
    windows.set(replica, declared);
    const last = declared.at(-1);
    if (phase === 'opened') declared.push({ from: at, to: Infinity });
    else if (last) last.to = at;
  }

  #over(id: string): void {
    const course = this.#courses.get(id);
    if (!course) return;
    this.#live.delete(course);
    for (const connection of course.connections) this.#view.connections.forget(connection);
    course.over();
  }

  *#liveAt(topology: string): Generator<CourseRecord> {
    for (const course of this.#live) if (course.topology === topology) yield course;
  }

  #time(judged: Judged): void {
    const took = tookMs(judged);
    this.#ended += 1;
    this.#slowestMs = Math.max(this.#slowestMs, took);
    if (took > this.#view.run.bounds.answersWithinMs && !stalledWithin(this.#view, judged.span))
      this.#late.add(judged);
  }

  /** Whether it was decided by a known replica while nobody can doubt what any of them held. */
  #isSettled(place: Place, { settled, span }: Judged): boolean {
    if (!settled || span.replica === null) return false;
    if (span.from >= place.settledSince) return true;
    const everybody = this.#view.mayServe({ topology: span.topology, replica: null });
    if (everybody.some(({ name }) => holdingsDuring(this.#view, { ...span, replica: name }).length !== 1))
      return false;
    place.settledSince = span.from;
    return true;
  }

  /** Everybody who may have spent this key, those of no stream too. */
  #spenders(topology: string, key: string): readonly Spender[] {
    const streams = this.#at(topology).spendings.of(key);
    const others = this.#view.spending(topology, key);
    return others.length === 0 ? streams : [...streams, ...asSpenders(this.#view, others)];
  }

  #inWindow(sent: Sent, end: End): boolean {
    const { topology, target } = sent.connection;
    return overlapsLatest(this.#at(topology).windows.get(target) ?? [], spanOf(sent, end));
  }

  #declaredAs({ id, stream }: { readonly id: string; readonly stream: string }): Declared {
    const declared = this.#streams.get(stream);
    if (!declared) throw new Error(`Request ${id} is of unknown stream ${stream}`);
    return declared;
  }

  #at(topology: string): Place {
    let place = this.#places.get(topology);
    if (!place) {
      place = { spendings: new Spendings(), changes: 0, settledSince: Infinity, windows: new Map() };
      this.#places.set(topology, place);
    }
    return place;
  }
}

/** Windows of one replica come one after the other. */
function overlapsLatest(
  windows: readonly { readonly from: number; readonly to: number }[],
  { from, to }: Pick<Span, 'from' | 'to'>,
): boolean {
  for (let index = windows.length - 1; index >= 0; index -= 1) {
    const window = windows[index]!;
    if (window.to < from) return false;
    if (window.from <= to) return true;
  }
  return false;
}
