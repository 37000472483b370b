import * as allure from 'allure-js-commons';
import { describe, expect, test } from 'vitest';
import type { Finding, FindingsFile } from '../harness/judge/findings.ts';

/** What is known of a finding before it is made, so that vitest can list it. */
export interface Expected {
  readonly id: string;
  readonly clause: string;
  readonly level: 'must' | 'should';
}

/**
 * One vitest test for each finding of a run: for those who live in vitest. The run itself is the engine's; the tests
 * only say what came of it, with labels that Allure groups by.
 */
export function bindToVitest(
  name: string,
  expected: readonly Expected[],
  run: () => Promise<FindingsFile>,
): void {
  describe(name, () => {
    for (const { id, clause, level } of expected) {
      test(id, async (context) => {
        await allure.label('scenario', id);
        await allure.label('clause', clause);
        await allure.epic(name);
        await allure.feature(clause);
        await allure.severity(level === 'must' ? 'critical' : 'minor');
        const finding = (await run()).findings.find((each) => each.id === id);
        if (finding)
          await allure.attachment('finding', JSON.stringify(finding, undefined, 2), 'application/json');
        if (finding?.outcome === 'not-applicable') context.skip(finding.reason);
        expect(finding && summary(finding)).toEqual({ id, clause, outcome: 'pass' });
      });
    }
  });
}

/** A pass says no more than that; anything else brings along all it has to say. */
const summary = ({ id, clause, outcome, ...rest }: Finding) =>
  outcome === 'pass' ? { id, clause, outcome } : { id, clause, outcome, ...rest };
