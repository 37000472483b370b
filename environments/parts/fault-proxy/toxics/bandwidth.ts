import { monotonicMs } from '../../../../harness/clock.ts';
import type { Chunk } from '../conduit.ts';
import { toxicKind } from './toxic.ts';

const PIECE_MS = 100;

/** Passes so many kilobytes on in a second, that is so many bytes in a millisecond, in pieces of a tenth of a second. */
export const bandwidth = toxicKind<'rate'>({
  called: 'BandwidthToxic',
  attributes: { rate: 'int64' },
  async pipe(stage, attributes) {
    // What was slept too long for one chunk is taken off the next.
    let owedMs = 0;
    for (;;) {
      const next = await stage.next();
      if (next === 'ended') return stage.close();
      if (typeof next === 'string') return;
      let chunk: Chunk = next;
      owedMs = attributes.rate <= 0n ? 0 : owedMs + chunk.bytes.length / Number(attributes.rate);
      for (;;) {
        const piece = Number(attributes.rate) * PIECE_MS;
        if (chunk.bytes.length <= piece) break;
        if ((await stage.rest(PIECE_MS)) === 'interrupted') return stage.flush(chunk);
        // At a rate of nothing this goes on until somebody changes it.
        if (piece > 0) await stage.pass({ ...chunk, bytes: chunk.bytes.subarray(0, piece) });
        chunk = { ...chunk, bytes: chunk.bytes.subarray(Math.max(0, piece)) };
        owedMs -= PIECE_MS;
      }
      const from = monotonicMs();
      if ((await stage.rest(owedMs)) === 'interrupted') return stage.flush(chunk);
      owedMs -= monotonicMs() - from;
      await stage.pass(chunk);
    }
  },
});
