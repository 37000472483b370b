import type { EventOf } from '../events.ts';
import type { Judgement } from '../findings.ts';
import { retention } from '../ledger.ts';
import { wasAccepted } from '../exchange.ts';
import type { View } from '../view.ts';
import { ofAttempt, type CaseAttempt, type CaseCheck } from './check.ts';

/** After a request was accepted, the store holds exactly the contract's key for it, and lets go of it in time. */
export const keyInStore: CaseCheck = {
  name: 'key-in-store',
  judge(view, attempt) {
    const looks = ofAttempt(view.all('store-look'), attempt);
    if (looks.length === 0) return { outcome: 'inconclusive', reason: 'Nobody looked into the replay store' };
    const doubts = looks.flatMap((look) => judgeLook(view, attempt, look) ?? []);
    return doubts.find(({ outcome }) => outcome === 'fail') ?? doubts[0] ?? { outcome: 'pass' };
  },
};

function judgeLook(view: View, attempt: CaseAttempt, look: EventOf<'store-look'>): Judgement | undefined {
  const { expectedKey, found, retentionMs } = look;
  const held = found.find(({ key }) => key === expectedKey);
  const others = found.map(({ key }) => key).join(', ');
  if (!held) {
    if (!mustBeThere(view, attempt, look))
      return { outcome: 'inconclusive', reason: 'Nothing shows that the nonce it looked for was spent' };
    const reason = 'The replay store was searched for the nonce of an accepted request';
    return {
      outcome: 'fail',
      reason,
      expected: expectedKey,
      actual: others === '' ? 'no key that holds it' : others,
    };
  }
  const expected = `${expectedKey} for at most ${retentionMs} ms`;
  if (held.ttlMs < 0) return { outcome: 'fail', expected, actual: 'a key that never expires' };
  if (held.ttlMs > retentionMs) return { outcome: 'fail', expected, actual: `a key for ${held.ttlMs} ms` };
  return undefined;
}

/** Whether a request with this key was accepted so short a time ago that it cannot have been forgotten since. */
const mustBeThere = (view: View, attempt: CaseAttempt, { expectedKey, at }: EventOf<'store-look'>): boolean =>
  view
    .ofCase(attempt.case)
    .some(
      (exchange) =>
        exchange.request.attempt === attempt.attempt &&
        wasAccepted(exchange) &&
        exchange.keys.some((key) => expectedKey.endsWith(key)) &&
        at < exchange.request.at + retention(view, exchange).least,
    );
