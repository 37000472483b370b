import { milliseconds, toxicKind } from './toxic.ts';

/** Drops everything, and closes after that long without anything to drop. At 0 it never closes by itself. */
export const timeout = toxicKind<'timeout'>({
  called: 'TimeoutToxic',
  attributes: { timeout: 'int64' },
  closesWhenRemoved: true,
  async pipe(stage, attributes) {
    const ms = milliseconds(attributes.timeout);
    for (;;) {
      const next = await stage.next(ms > 0 ? ms : undefined);
      if (next === 'interrupted') return;
      if (typeof next === 'string') return stage.close();
    }
  },
});
