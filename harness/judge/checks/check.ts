import type { HistoryCheckName } from '../../contract/contract.ts';
import type { Judgement } from '../findings.ts';
import type { View } from '../view.ts';

/** A property that must hold over everything a run recorded, whatever case it was recorded for. */
export interface HistoryCheck {
  readonly name: HistoryCheckName;
  readonly level: 'must' | 'should';
  /** Nothing where the history holds nothing it could speak about. */
  judge(view: View): Judgement | undefined;
}

/** What more than the verdict on each request decides a case. */
export interface CaseCheck {
  readonly name: string;
  judge(view: View, attempt: CaseAttempt): Judgement | undefined;
}

export interface CaseAttempt {
  readonly case: string;
  readonly attempt: number;
}

export const ofAttempt = <E extends CaseAttempt>(
  events: readonly E[],
  { case: id, attempt }: CaseAttempt,
): E[] => events.filter((event) => event.case === id && event.attempt === attempt);
