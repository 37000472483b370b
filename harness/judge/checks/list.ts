import { acceptedOnce } from './accepted-once.ts';
import { alwaysAnswered } from './always-answered.ts';
import type { CaseCheck, HistoryCheck } from './check.ts';
import { failedClosed } from './failed-closed.ts';
import { keyInStore } from './key-in-store.ts';
import { neverAcceptedTwice } from './never-accepted-twice.ts';
import { nothingDisclosed } from './nothing-disclosed.ts';
import { oneOfEachRace } from './one-of-each-race.ts';
import { refusalsAlike } from './refusals-alike.ts';
import { residualRisk } from './residual-risk.ts';
import { slowestAnswer } from './slowest-answer.ts';
import { toldTruth } from './told-truth.ts';

export const historyChecks: readonly HistoryCheck[] = [
  neverAcceptedTwice,
  nothingDisclosed,
  alwaysAnswered,
  refusalsAlike,
];

export const caseChecks: readonly CaseCheck[] = [
  oneOfEachRace,
  keyInStore,
  toldTruth,
  failedClosed,
  acceptedOnce,
  slowestAnswer,
  residualRisk,
];
