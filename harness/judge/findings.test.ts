import { describe, expect, test } from 'vitest';
import { conclude, findingsFileSchema, outcomes, type Finding, type Outcome } from './findings.ts';

let count = 0;
const finding = (outcome: Outcome, change: Partial<Finding> = {}): Finding => {
  count += 1;
  const clause = 'replay/single-use';
  return { id: `case-${count}`, clause, level: 'must', outcome, reproduce: '', durationMs: 0, ...change };
};
const should = { level: 'should' } as const;
const precondition = { clause: 'precondition/store' };

describe('the exit code', () => {
  test.each<[string, number, Finding[]]>([
    ['every MUST passed', 0, [finding('pass'), finding('pass')]],
    ['a MUST failed', 1, [finding('pass'), finding('fail')]],
    [
      'a MUST failed and another is in doubt',
      1,
      [finding('inconclusive'), finding('error'), finding('fail')],
    ],
    ['a MUST is inconclusive', 4, [finding('pass'), finding('inconclusive')]],
    ['a MUST is in error', 4, [finding('pass'), finding('error')]],
    ['a MUST does not apply and the rest passed', 0, [finding('pass'), finding('not-applicable')]],
    ['only a SHOULD failed', 0, [finding('pass'), finding('fail', should)]],
    [
      'only a SHOULD is in doubt',
      0,
      [finding('pass'), finding('inconclusive', should), finding('error', should)],
    ],
    ['nothing was found at all', 4, []],
    ['nothing applies', 4, [finding('not-applicable'), finding('not-applicable', should)]],
    ['nothing but preconditions passed', 4, [finding('pass', precondition)]],
    ['nothing but a SHOULD was judged', 0, [finding('pass', should)]],
    ['nothing was decided but a doubtful SHOULD', 4, [finding('inconclusive', should)]],
    ['a precondition is in doubt', 4, [finding('inconclusive', precondition), finding('pass')]],
  ])('%s: %d', (_what, code, findings) => {
    expect(conclude(findings).totals.exitCode).toBe(code);
  });
});

test('the totals count every outcome at its level', () => {
  const findings = [
    ...outcomes.map((outcome) => finding(outcome)),
    finding('pass'),
    finding('pass', should),
    finding('fail', should),
  ];
  expect(conclude(findings).totals).toEqual({
    must: { pass: 2, fail: 1, inconclusive: 1, 'not-applicable': 1, error: 1 },
    should: { pass: 1, fail: 1, inconclusive: 0, 'not-applicable': 0, error: 0 },
    all: 8,
    exitCode: 1,
  });
});

test('the findings stay as they are, in their order, and fit their schema', () => {
  const findings = outcomes.map((outcome) => finding(outcome, { reason: 'so', expected: 'a', actual: 'b' }));
  const file = conclude(findings);
  expect(file.findings).toEqual(findings);
  expect(findingsFileSchema.parse(structuredClone(file))).toEqual(file);
  expect(findingsFileSchema.safeParse({ ...file, verdict: 'green' }).success).toBe(false);
});
