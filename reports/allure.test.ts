import { expect, test } from 'vitest';
import type { TestResult } from 'allure-js-commons';
import { renderAllure } from './allure.ts';
import { drillResults, madeUpDrill } from './drill.fixture.ts';
import { everything, finding, hostile, resultsOf } from './results.fixture.ts';
import type { Results } from './results.ts';

const read = (results: Results): TestResult[] =>
  renderAllure(results).map(([, text]) => JSON.parse(text) as TestResult);

const called = (id: string, results = resultsOf(everything)) => read(results).find(({ name }) => name === id);

test('every finding is a result in a file of its own, named as Allure looks for it', () => {
  const files = renderAllure(resultsOf(everything));
  expect(new Set(files.map(([name]) => name)).size).toBe(everything.length);
  for (const [name, text] of files) expect(name).toBe(`${(JSON.parse(text) as TestResult).uuid}-result.json`);
});

test('what a signer did is failed, what nobody knows is broken, and no SHOULD is either', () => {
  const statuses = Object.fromEntries(read(resultsOf(everything)).map(({ name, status }) => [name, status]));
  expect(statuses).toMatchObject({
    'same-request-twice-passes-once': 'passed',
    'nonce-is-spent-across-a-restart': 'failed',
    'outage-under-load-refuses-everything': 'broken',
    'outage-in-mid-reply-refuses-everything': 'broken',
    'unknown-client-is-told-its-code': 'skipped',
    'refusals-alike': 'skipped',
    'new-secret-without-restart': 'skipped',
  });
});

test('a failure says what was expected, what came, where, and how to see it again', () => {
  expect(called('nonce-is-spent-across-a-restart')).toMatchObject({
    statusDetails: {
      message: 'Request 41, "the same request, sent again"',
      expected: 'REPLAYED',
      actual: 'accepted',
      trace: 'npx keydrill gate --signer ./signer.yaml --only nonce-is-spent-across-a-restart --seed 7',
    },
    parameters: expect.arrayContaining([{ name: 'replica', value: 'replica-2' }]),
    labels: expect.arrayContaining([{ name: 'story', value: 'replay/shared' }]),
  });
});

test('one finding has the same history in every run, and a file for each run', () => {
  const first = resultsOf(everything);
  const later = { ...first, record: { ...first.record, startedAt: '2026-03-03T09:30:00.000Z' } };
  const [a, b] = [read(first)[0]!, read(later)[0]!];
  expect(a.historyId).toBe(b.historyId);
  expect(a.uuid).not.toBe(b.uuid);
  expect(renderAllure(first)).toEqual(renderAllure(resultsOf(everything)));
});

const ofCourse = (id: string, results: Results): TestResult[] =>
  read(results).filter(({ labels }) => labels.some(({ name, value }) => name === 'subSuite' && value === id));

test('all clauses of a course stand together under its procedure', () => {
  const told = ofCourse('hmac-secret.back-at-once-after-allow-next', drillResults(madeUpDrill()));
  expect(told).toHaveLength(3);
  for (const { labels } of told) expect(labels).toContainEqual({ name: 'suite', value: 'hmac-secret' });
});

test('a course tells its steps and its traffic, once, at the time of day at which they happened', () => {
  const id = 'hmac-secret.back-in-reverse-after-sign-with-next';
  const results = drillResults(madeUpDrill({ [id]: 'accepted' }));
  const told = ofCourse(id, results);
  expect(told.map(({ name, steps }) => [name, steps.length])).toEqual([
    ['rotation/no-downtime', 0],
    ['rotation/removed-secret', 1],
    ['rollback/restores', 0],
  ]);
  const [course] = told[1]!.steps;
  expect(course).toMatchObject({
    name: 'Abandoned after step 2, sign-with-next; undone in reverse',
    status: 'failed',
  });
  expect(course?.steps.map(({ name, status }) => [name, status])).toEqual([
    ['Allow the next secret beside the current one, one replica at a time.', 'passed'],
    ['Clients sign with the next secret.', 'passed'],
    ['Back: Give back what was there before.', 'passed'],
    ['Back: Give back what was there before.', 'passed'],
    [expect.stringMatching(/^secret in use: \d+ let in, 0 refused$/), 'passed'],
    [expect.stringMatching(/^old secret: .* refused, 6 wrongly let in$/), 'failed'],
    [expect.stringMatching(/^rogue secret: 0 let in/), 'passed'],
    [expect.stringMatching(/^spent nonce: 0 let in/), 'passed'],
    [expect.stringMatching(/^no certificate: 0 let in/), 'passed'],
  ]);
  const began = results.began?.get(id) ?? 0;
  expect([told[1]!.start, course?.start, course?.steps[0]?.start]).toEqual([began, began, began + 800]);
});

test('who held a drill and why is with each of its results', () => {
  const [result] = read(drillResults(madeUpDrill()));
  expect(result?.labels).toContainEqual({ name: 'owner', value: 'Ada <ada@example.org>' });
  expect(result?.parameters).toContainEqual({ name: 'reason', value: 'Quarterly drill' });
});

test.each(Object.entries(hostile))('hostile text (%s) arrives as text', (_, text) => {
  const said = { reason: text, expected: text, actual: text, replica: text, reproduce: text };
  const [[name, written]] = renderAllure(resultsOf([finding(text, text, { outcome: 'fail', ...said })])) as [
    [string, string],
  ];
  expect(name).toMatch(/^[\da-f-]{36}-result\.json$/);
  expect(written.isWellFormed()).toBe(true);
  expect(Object.values(JSON.parse(written) as object).join('')).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
});
