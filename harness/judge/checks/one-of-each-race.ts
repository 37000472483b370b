import { judgeRequest, observedWords } from '../request.ts';
import { wasAccepted } from '../exchange.ts';
import type { View } from '../view.ts';
import type { Judgement } from '../findings.ts';
import type { EventOf } from '../events.ts';
import { ofAttempt, type CaseCheck } from './check.ts';

/** Of the identical requests of a race exactly one is accepted and every other one rightly refused. */
export const oneOfEachRace: CaseCheck = {
  name: 'one-of-each-race',
  judge(view, attempt) {
    const races = ofAttempt(view.all('race'), attempt);
    if (races.length === 0) return { outcome: 'inconclusive', reason: 'No race was run' };
    const judged = races.map((race, index) => judgeRace(view, race, index + 1));
    const of = (outcome: Judgement['outcome']) => judged.filter((each) => each.outcome === outcome);
    const [failed] = of('fail');
    if (failed)
      return { ...failed, reason: `${failed.reason}; ${of('fail').length} of ${races.length} rounds` };
    return (
      of('inconclusive')[0] ?? { outcome: 'pass', actual: `one acceptance in each of ${races.length} rounds` }
    );
  },
};

function judgeRace(view: View, race: EventOf<'race'>, round: number): Judgement {
  const runners = race.requests.flatMap((id) => view.exchange(id) ?? []);
  const accepted = runners.filter(wasAccepted);
  const expected = `1 acceptance among ${race.requests.length} identical requests`;
  if (accepted.length > 1) {
    const by = [...new Set(accepted.map(({ connection }) => connection.servedBy ?? connection.target))];
    return {
      outcome: 'fail',
      reason: `Round ${round}`,
      expected,
      actual: `${accepted.length}, by ${by.join(' and ')}`,
    };
  }
  const wrong = runners.find((runner) => judgeRequest(view, runner).standing === 'wrong');
  if (wrong) return { outcome: 'fail', reason: `Round ${round}`, expected, actual: observedWords(wrong) };
  const unknown = runners.some(({ observed }) => observed === undefined);
  if (accepted.length === 1 && !unknown) return { outcome: 'pass' };
  // Where nobody won and yet every refusal may be right, something besides the race had a say in it.
  const why = unknown ? 'not every request has a known outcome' : 'none was accepted, and each may be right';
  return { outcome: 'inconclusive', reason: `Round ${round}: ${why}` };
}
