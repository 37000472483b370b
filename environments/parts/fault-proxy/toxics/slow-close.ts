import { milliseconds, toxicKind } from './toxic.ts';

/** Passes everything on, and the end of it only after a time. */
export const slowClose = toxicKind<'delay'>({
  called: 'SlowCloseToxic',
  attributes: { delay: 'int64' },
  async pipe(stage, attributes) {
    for (;;) {
      const next = await stage.next();
      if (next === 'ended') {
        // Whoever runs here next is told of the end again.
        if ((await stage.rest(milliseconds(attributes.delay))) === 'rested') stage.close();
        return;
      }
      if (typeof next === 'string') return;
      await stage.pass(next);
    }
  },
});
