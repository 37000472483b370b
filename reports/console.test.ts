import { expect, test } from 'vitest';
import type { Finding } from '../harness/judge/findings.ts';
import { closing, courseLines, headline, progressLine } from './console.ts';
import { drillResults, madeUpDrill } from './drill.fixture.ts';
import { clauses, everything, finding, holding, hostile, resultsOf } from './results.fixture.ts';
import { chaosResults, RESIDUAL } from './suffered.fixture.ts';

const escape = '\u001b';

test('a run begins with the seed that repeats it', () => {
  expect(
    headline({ version: '0.1.0', seed: 7, signer: 'example signer', environment: 'process', cases: 1 }),
  ).toBe('keydrill 0.1.0 · seed 7 · example signer · process · 1 case');
});

test('a drill counts courses, and ends as a drill does', () => {
  const run = { version: '0.1.0', seed: 7, signer: 'example signer', environment: 'process' };
  expect(headline({ ...run, cases: 40, noun: 'course' })).toMatch(/ · 40 courses$/);
  expect(closing(resultsOf(holding.slice(0, 3)).findings, 'out', { clauses, kind: 'drill' })).toContain(
    'The drill went through',
  );
});

test('a pass is one line', () => {
  expect(progressLine(finding('a-case', 'replay/shared', { durationMs: 1530 }))).toBe(
    'pass  a-case  replay/shared  1.5 s',
  );
});

test('a failure says all there is to know', () => {
  expect(
    progressLine(
      finding('a-case', 'replay/shared', {
        outcome: 'fail',
        reason: 'Request 41',
        expected: 'REPLAYED',
        actual: 'accepted',
        replica: 'replica-2',
      }),
    ),
  ).toBe(
    [
      'FAIL  a-case  replay/shared  12 ms',
      '      reason    Request 41',
      '      expected  REPLAYED',
      '      actual    accepted',
      '      replica   replica-2',
      '      reproduce npx keydrill gate --signer ./signer.yaml --only a-case --seed 7',
    ].join('\n'),
  );
});

test('a course is one line with what was measured on it, as bad as the worst that was found', () => {
  const results = drillResults(madeUpDrill());
  const course = results.drill?.procedures[0]?.courses[0];
  const line = (...outcomes: Finding['outcome'][]): string | undefined =>
    course &&
    courseLines(
      course,
      outcomes.map((outcome) => finding(course.id, 'rotation/no-downtime', { outcome })),
    ).split('\n')[0];
  const measured =
    '0 of 702 honest requests not served, longest gap 38 ms  removed, still let in for 234 ms (500 ms allowed)';
  expect(line('pass', 'pass')).toBe(`pass  hmac-secret  2 clauses kept  7.8 s  ${measured}`);
  expect(line('pass', 'inconclusive')).toBe(`doubt hmac-secret  1 of 2 clauses kept  7.8 s  ${measured}`);
  expect(line('inconclusive', 'fail')).toBe(`FAIL  hmac-secret  0 of 2 clauses kept  7.8 s  ${measured}`);
});

test.each([
  ['doubt', 'replay/shared', 'inconclusive'],
  ['doubt', 'replay/shared', 'error'],
  ['warn ', 'answers/codes', 'fail'],
  ['n/a  ', 'reload/without-restart', 'not-applicable'],
] as const)('a line begins with %s for %s, %s', (mark, clause, outcome) => {
  const line = progressLine(finding('a-case', clause, { outcome, reason: 'that is why' }));
  expect(line.startsWith(`${mark} a-case  ${clause}`)).toBe(true);
  expect(line).toContain('that is why');
});

test('a signer cannot move the cursor, add lines or fill the screen', () => {
  const line = progressLine(
    finding(`a-case${hostile.lines}`, 'replay/shared', {
      outcome: 'fail',
      actual: hostile.controls + hostile.lines,
      reason: 'x'.repeat(5000),
      reproduce: hostile.controls,
    }),
  );
  expect(line.split('\n')).toHaveLength(4);
  expect(line).not.toMatch(/[^\P{Cc}\n]/u);
  expect(line).toContain('x… (5000 characters)');
  expect(line.length).toBeLessThan(1000);
});

test('colour is there only where it is asked for, and says nothing that words do not', () => {
  const { findings } = resultsOf(everything);
  for (const each of everything) {
    expect(progressLine(each)).not.toContain(escape);
    const coloured = progressLine(each, true);
    expect(coloured).toContain(escape);
    expect(coloured.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(progressLine(each));
  }
  expect(closing(findings, 'out')).not.toContain(escape);
  expect(closing(findings, 'out', { colour: true })).toContain(`${escape}[31mThis signer may not rotate`);
});

test('a run ends with counts, verdict, what to do and where to look', () => {
  const { findings } = resultsOf(holding);
  expect(closing(findings, 'reports/runs/1', { clauses })).toBe(
    [
      '',
      '7 findings · MUST 6 passed · SHOULD 1 passed',
      'This signer may rotate: every MUST that applies holds',
      'Go ahead with the rotation.',
      'Results are in reports/runs/1',
    ].join('\n'),
  );
});

test('a run ends with what failed, failures before doubts', () => {
  const end = closing(resultsOf(everything).findings, 'out', { clauses });
  const marks = end.split('\n').flatMap((line) => /^(FAIL|doubt|warn|pass|n\/a)/.exec(line)?.[0] ?? []);
  expect(marks).toEqual(['FAIL', 'FAIL', 'doubt', 'doubt', 'warn']);
  expect(end).toContain(
    '14 findings · MUST 6 passed, 2 in doubt, 2 failed · SHOULD 1 passed, 1 not applicable, 1 undecided, 1 not met',
  );
});

test('a long list is cut, and what never ran because the run ended is not listed', () => {
  const doubtful = Array.from({ length: 30 }, (_, at) =>
    finding(`case-${at}`, `replay/number-${Math.min(at, 20)}`, {
      outcome: 'inconclusive',
      reason: `It broke off in step ${at}`,
    }),
  );
  const cut = closing(resultsOf(doubtful).findings, 'out');
  expect(cut.match(/^doubt/gm)).toHaveLength(12);
  expect(cut).toContain('      and 18 more in doubt\n');
  expect(closing(resultsOf(doubtful, 3).findings, 'out')).not.toContain('case-0');
});

test('of many on one clause the first is listed, and how many more there are', () => {
  const failing = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'fail' }),
  );
  const end = closing(resultsOf(failing).findings, 'out');
  expect(end.match(/^FAIL .*/gm)).toEqual(['FAIL  one  replay/shared  12 ms']);
  expect(end).toContain('\n      and 3 more failed on this clause\n');
});

test('a reason that many findings share is said once', () => {
  const reason = 'Precondition replicas-differ does not hold';
  const alike = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'inconclusive', reason }),
  );
  const other = finding('five', 'replay/shared', { outcome: 'inconclusive', reason: 'It broke off' });
  const end = closing(resultsOf([...alike, other]).findings, 'out');
  expect(end.match(/^doubt .*/gm)).toEqual([
    'doubt five  replay/shared  12 ms',
    `doubt 4 findings: ${reason}`,
  ]);
});

test('with the clauses at hand a partial run is no leave to rotate', () => {
  const { findings } = resultsOf(holding.slice(0, 3));
  expect(closing(findings, 'out', { clauses })).toContain('No leave to rotate yet');
});

test('at the end each fault is a line, what failed first, with what was measured under it', () => {
  const { findings, suffered } = chaosResults();
  const lines = closing(findings, 'out', { clauses, suffered }).split('\n');
  const first = lines.indexOf('Faults, 7:');
  expect(lines.slice(first + 1, first + 8)).toEqual([
    'FAIL  store-out-of-memory  1 of 2 findings kept  in force 840 ms  let in again after 70 ms',
    'doubt store-slow  0 of 1 finding kept  ? not witnessed  let in again after 130 ms',
    'doubt store-paused  0 of 1 finding kept  in force 840 ms, ✗ not healed',
    'n/a   clock-skewed  ∅ not applicable',
    'pass  store-unreachable  2 findings kept  in force 840 ms  let in again after 130 ms  slowest answer 41 ms',
    `pass  store-flushed  1 finding kept  in force 840 ms  let in again after 130 ms  ${RESIDUAL}`,
    'pass  replica-cut-off  1 finding kept  in force 840 ms  let in again after 100 ms',
  ]);
  expect(closing(findings, 'out', { clauses })).not.toContain('Faults');
});
