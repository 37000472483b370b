import type { HistoryCheck } from './check.ts';

/** Refusals of requests that were not authenticated look alike, but for what the contract lets differ. */
export const refusalsAlike: HistoryCheck = {
  name: 'refusals-alike',
  level: 'should',
  judge(view) {
    const seen = new Map<string, string>();
    for (const { end, observed, request } of view.exchanges) {
      if (end?.type !== 'answer' || !observed) continue;
      const print = view.contract.fingerprint(end, observed);
      if (print !== undefined && !seen.has(print)) seen.set(print, `${request.case}: ${request.label}`);
    }
    const [[print, first] = [], [otherPrint, other] = []] = seen;
    if (print === undefined) return undefined;
    if (otherPrint === undefined) return { outcome: 'pass' };
    return {
      outcome: 'fail',
      reason: `Refusals differ: "${first}" against "${other}"`,
      expected: print,
      actual: otherPrint,
    };
  },
};
