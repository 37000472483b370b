import { after } from '../timer.ts';
import { milliseconds, toxicKind } from './toxic.ts';

/** Closes some time after the first chunk, which it drops. Once that time runs nothing stops it. */
export const resetPeer = toxicKind<'timeout'>({
  called: 'ResetToxic',
  attributes: { timeout: 'int64' },
  endsInReset: true,
  async pipe(stage, attributes) {
    const ms = milliseconds(attributes.timeout);
    if ((await stage.next()) === 'interrupted') return;
    await new Promise<void>((over) => void after(ms, over));
    stage.close();
  },
});
