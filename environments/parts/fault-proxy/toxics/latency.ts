import { monotonicMs } from '../../../../harness/clock.ts';
import { milliseconds, toxicKind, variation } from './toxic.ts';

/** Holds every chunk back for a time, counted from when it was received, so that delays do not add up. */
export const latency = toxicKind<'latency' | 'jitter'>({
  called: 'LatencyToxic',
  attributes: { latency: 'int64', jitter: 'int64' },
  room: 1024,
  async pipe(stage, attributes, chance) {
    for (;;) {
      const next = await stage.next();
      if (next === 'ended') return stage.close();
      if (typeof next === 'string') return;
      const delay = milliseconds(attributes.latency) + variation(attributes.jitter, chance);
      const left = delay - (monotonicMs() - next.since);
      const outcome = await stage.rest(left);
      // The next toxic counts from when this one let go.
      await stage.pass(outcome === 'rested' ? { bytes: next.bytes, since: next.since + left } : next);
      if (outcome === 'interrupted') return;
    }
  },
});
