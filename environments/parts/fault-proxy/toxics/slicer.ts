import type { Chance } from '../../../../harness/seed.ts';
import { microseconds, toxicKind, variation } from './toxic.ts';

/** Cuts every chunk into pieces of about a size, with a pause after each. */
export const slicer = toxicKind<'average_size' | 'size_variation' | 'delay'>({
  called: 'SlicerToxic',
  attributes: { average_size: 'int', size_variation: 'int', delay: 'int' },
  async pipe(stage, attributes, chance) {
    for (;;) {
      const next = await stage.next();
      if (next === 'ended') return stage.close();
      if (typeof next === 'string') return;
      let start = 0;
      for (const end of cuts({ start, end: next.bytes.length }, attributes, chance)) {
        await stage.pass({ ...next, bytes: next.bytes.subarray(start, end) });
        start = end;
        if ((await stage.rest(microseconds(attributes.delay))) === 'rested') continue;
        await stage.pass({ ...next, bytes: next.bytes.subarray(start) });
        return;
      }
    }
  },
});

interface Part {
  readonly start: number;
  readonly end: number;
}

type Sizes = Readonly<Record<'average_size' | 'size_variation', bigint>>;

/** Where the pieces end: halved, and halved again, until they are small enough. */
function cuts({ start, end }: Part, sizes: Sizes, chance: Chance): number[] {
  const size = end - start;
  // One byte cannot be halved. The real server tries to, without end, where no size was given.
  if (size - Number(sizes.average_size) <= Number(sizes.size_variation) || size <= 1) return [end];
  const middle = start + (size >> 1) + variation(sizes.size_variation, chance);
  // Nor can a piece end outside of itself, which a variation above the average would have it do.
  const cut = Math.min(Math.max(middle, start + 1), end - 1);
  return [...cuts({ start, end: cut }, sizes, chance), ...cuts({ start: cut, end }, sizes, chance)];
}
