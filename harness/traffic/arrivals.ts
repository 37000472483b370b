import type { Chance } from '../seed.ts';

/** How fast requests come, whatever becomes of them. */
export interface Pace {
  readonly perSecond: number;
  /** Rises or falls to that evenly, from so many a second and for so long. */
  readonly ramp?: { readonly from: number; readonly ms: number };
  /** It is over after this time or after so many, whichever comes first. */
  readonly lastsMs: number;
  readonly count: number;
}

/** When each request is due, in milliseconds from the start: somewhere in its own slot, so that streams do not beat in time. */
export function* arrivals(pace: Pace, chance: Chance): Generator<number> {
  for (let before = 0; before < pace.count; before += 1) {
    const due = whenExpected(before + chance.pick(JITTER), pace);
    if (due > pace.lastsMs) return;
    yield due;
  }
}

const JITTER = Array.from({ length: 1000 }, (_, part) => part / 1000);

/** When so many are expected to have come: where the area under the rate is that large. */
function whenExpected(count: number, { perSecond, ramp = { from: perSecond, ms: 0 } }: Pace): number {
  const [first, last] = [ramp.from / 1000, perSecond / 1000];
  const onRamp = ((first + last) / 2) * ramp.ms;
  if (count >= onRamp) return ramp.ms + (count - onRamp) / last;
  const slope = (last - first) / ramp.ms;
  return slope === 0 ? count / last : (Math.sqrt(first * first + 2 * slope * count) - first) / slope;
}
