import { expect, test } from 'vitest';
import { renderFindings } from './findings-file.ts';
import { everything, resultsOf } from './results.fixture.ts';

const { findings } = resultsOf(everything);

test('findings are written whole and in the order of the run, whatever they hold', () => {
  expect(JSON.parse(renderFindings(findings))).toEqual(findings);
});

test('a file that no reader would know cannot be written', () => {
  const [first, ...rest] = findings.findings;
  const wrong = { ...findings, findings: [{ ...first!, outcome: 'fine' as 'pass' }, ...rest] };
  expect(() => renderFindings(wrong)).toThrow('outcome');
});
