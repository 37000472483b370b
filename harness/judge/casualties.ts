import { ofAttempt, type CaseAttempt } from './checks/check.ts';
import type { EventOf } from './events.ts';
import type { Judgement } from './findings.ts';
import type { View } from './view.ts';

/** The replica that one attempt lost. */
export function casualtyIn(view: View, attempt: CaseAttempt): EventOf<'casualty'> | undefined {
  const [begun, ended] = ofAttempt(view.all('case'), attempt);
  return view
    .all('casualty')
    .find(
      (event) =>
        event.case === attempt.case && begun && event.at >= begun.at && event.at <= (ended?.at ?? Infinity),
    );
}

/** Whoever ended though nobody ended him answers nobody. */
export const lostByItself = ({ evidence, replica, case: id }: EventOf<'casualty'>): Judgement => ({
  outcome: 'fail',
  reason: `${replica} ended by itself (${id})`,
  expected: 'a replica that goes on serving',
  actual: evidence,
  replica,
});
