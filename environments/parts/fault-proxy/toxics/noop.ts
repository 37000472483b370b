import type { Stage } from '../stage.ts';
import { toxicKind } from './toxic.ts';

/** Passes everything on, as every direction of every connection begins by doing. */
export async function passOn(stage: Stage): Promise<void> {
  for (;;) {
    const next = await stage.next();
    if (next === 'ended') return stage.close();
    if (typeof next === 'string') return;
    await stage.pass(next);
  }
}

export const noop = toxicKind({ called: 'NoopToxic', attributes: {}, pipe: passOn });
