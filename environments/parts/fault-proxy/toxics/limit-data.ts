import { toxicKind } from './toxic.ts';

/** Closes a connection when so many bytes have passed; the rest is lost. */
export const limitData = toxicKind<'bytes'>({
  called: 'LimitDataToxic',
  attributes: { bytes: 'int64' },
  async pipe(stage, attributes) {
    const left = (): number => Math.max(0, Number(attributes.bytes) - stage.counted);
    for (;;) {
      const next = await stage.next();
      if (next === 'ended') return stage.close();
      if (typeof next === 'string') return;
      const bytes = next.bytes.subarray(0, left());
      if (bytes.length > 0) await stage.pass({ ...next, bytes });
      stage.counted += bytes.length;
      if (left() === 0) return stage.close();
    }
  },
});
