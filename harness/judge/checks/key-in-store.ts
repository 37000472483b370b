import { ofAttempt, type CaseCheck } from './check.ts';

/** After a request was accepted, the store holds exactly the contract's key for it, and lets go of it in time. */
export const keyInStore: CaseCheck = {
  name: 'key-in-store',
  judge(view, attempt) {
    const looks = ofAttempt(view.all('store-look'), attempt);
    if (looks.length === 0) return { outcome: 'inconclusive', reason: 'Nobody looked into the replay store' };
    for (const { expectedKey, found, retentionMs } of looks) {
      const held = found.find(({ key }) => key === expectedKey);
      const others = found.map(({ key }) => key).join(', ');
      if (!held)
        return { outcome: 'fail', expected: expectedKey, actual: others === '' ? 'no key at all' : others };
      const expected = `${expectedKey} for at most ${retentionMs} ms`;
      if (held.ttlMs < 0) return { outcome: 'fail', expected, actual: 'a key that never expires' };
      if (held.ttlMs > retentionMs)
        return { outcome: 'fail', expected, actual: `a key for ${held.ttlMs} ms` };
    }
    return { outcome: 'pass' };
  },
};
