import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { EventOf } from '../events.ts';
import type { Judgement } from '../findings.ts';
import type { Schedule } from './tally.ts';

/** The precondition that this record decides, by its id. */
export const KEPT_ITS_SCHEDULE = 'traffic-kept-its-schedule';

/** Beyond this, requests were not sent when they should have been, and what was measured is another traffic. */
const LAG_MS = 250;

/** Late ones may be excused by a standstill that is told of afterwards; more than these count as they are. */
const REMEMBERED = 10_000;

/** How well the harness kept to its own schedule. */
export class ScheduleKept {
  readonly #lag = createHistogram();
  readonly #latency = createHistogram();
  #answered = 0;
  #dropped = 0;
  #late = 0;
  #lateOnes: { readonly due: number; readonly at: number }[] = [];

  /** How long a server takes to shake hands is not our lag. */
  sent({ due, at: sentAt, taken: at = sentAt }: EventOf<'sent'>): void {
    const lag = Math.max(0, at - due);
    record(this.#lag, lag);
    if (lag <= LAG_MS) return;
    this.#late += 1;
    if (this.#lateOnes.length < REMEMBERED) this.#lateOnes.push({ due, at });
  }

  got({ due }: EventOf<'sent'>, { at }: EventOf<'got'>): void {
    this.#answered += 1;
    record(this.#latency, at - due);
  }

  drop(): void {
    this.#dropped += 1;
  }

  /** Nobody sends anything while he stands still himself, nor all that was due by then as soon as he wakes. */
  stoodStill({ who, from, to }: EventOf<'stall'>): void {
    if (who !== 'harness') return;
    const left = this.#lateOnes.filter(({ due, at }) => at <= from || due > to);
    this.#late -= this.#lateOnes.length - left.length;
    this.#lateOnes = left;
  }

  told(): Schedule {
    return {
      sent: this.#lag.count,
      answered: this.#answered,
      dropped: this.#dropped,
      lagMs: spread(this.#lag),
      latencyMs: spread(this.#latency),
    };
  }

  judge(): Judgement {
    const { sent, dropped, lagMs } = this.told();
    if (sent + dropped === 0) return { outcome: 'inconclusive', reason: 'No traffic was sent' };
    const reason = `${sent.toLocaleString('en')} sent, ${dropped} dropped, 99 % within ${Math.ceil(lagMs.p99)} ms of when they were due`;
    if (dropped === 0 && this.#late <= sent / 100) return { outcome: 'pass', reason };
    return {
      outcome: 'fail',
      reason: `${reason}; ${this.#late} were late by more than ${LAG_MS} ms while the harness did not stand still`,
      expected: `none dropped, and 99 % within ${LAG_MS} ms`,
    };
  }
}

/** A histogram counts whole numbers from 1 on: here, microseconds. */
const record = (histogram: RecordableHistogram, ms: number): void =>
  histogram.record(Math.max(1, Math.round(ms * 1000)));

const spread = (histogram: RecordableHistogram) =>
  histogram.count === 0
    ? { p50: 0, p99: 0, max: 0 }
    : {
        p50: histogram.percentile(50) / 1000,
        p99: histogram.percentile(99) / 1000,
        max: histogram.max / 1000,
      };
