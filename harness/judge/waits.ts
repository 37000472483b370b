import type { View } from './view.ts';

/** How long a run waited because the contract makes it wait: intervals that overlap count once. */
export function contractWaitsMs(view: View): number {
  const intervals = view.all('wait').map(({ at, ms }) => ({ from: at, to: at + ms }));
  let total = 0;
  let end = -Infinity;
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    if (to <= end) continue;
    total += to - Math.max(from, end);
    end = to;
  }
  return Math.round(total);
}
