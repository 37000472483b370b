import { expect, test } from 'vitest';
import { madeUpDrill, MadeUpRun, secretRotation } from './drill.fixture.ts';
import { drillOf, wayOf } from './drill.ts';
import { resultsOf } from './results.fixture.ts';
import { toldBy } from './results.ts';
import { wrongsInWords, wrongsOf } from './wrongs.ts';

const courses = (run: MadeUpRun) => drillOf(run)?.procedures.flatMap((procedure) => procedure.courses) ?? [];
const courseCalled = (id: string, run: MadeUpRun) => courses(run).find((course) => course.id === id)!;

test('the courses of one procedure are told together, in the order of the plan', () => {
  const told = drillOf(madeUpDrill())?.procedures.map(({ id, courses: within }) => [id, within.length]);
  expect(told).toEqual([
    ['hmac-secret', 11],
    ['client-authority', 11],
  ]);
});

test('a course says how far it went and how it came back', () => {
  const ways = new Map(courses(madeUpDrill()).map((course) => [course.id, wayOf(course)]));
  expect(ways.get('hmac-secret')).toBe('Carried out');
  expect(ways.get('hmac-secret.back-in-reverse-half-of-remove-current')).toBe(
    'Abandoned in the middle of step 3, remove-current; undone in reverse',
  );
  expect(ways.get('hmac-secret.back-at-once-after-sign-with-next')).toBe(
    'Abandoned after step 2, sign-with-next; straight back',
  );
});

test('the way back over a step has its number, and the way straight back none', () => {
  const run = madeUpDrill();
  const numbers = (id: string) =>
    courseCalled(id, run).steps.map(({ direction, number }) => [direction, number]);
  expect(numbers('hmac-secret.back-in-reverse-after-sign-with-next')).toEqual([
    ['forward', 1],
    ['forward', 2],
    ['back', 2],
    ['back', 1],
  ]);
  expect(numbers('hmac-secret.back-at-once-after-allow-next').at(-1)).toEqual(['back', undefined]);
});

test('a step lasts until it ended, and one that was left in the middle until the way back begins', () => {
  const run = madeUpDrill();
  const [step, back] = courseCalled('hmac-secret.back-at-once-half-of-allow-next', run).steps;
  expect(step).toMatchObject({ unfinished: true, to: back?.from });
  expect(courseCalled('hmac-secret', run).steps[0]).toMatchObject({ from: 800, to: 2400, unfinished: false });
});

test('windows are told for the replica they were opened for', () => {
  const { windows } = courseCalled('client-authority', madeUpDrill());
  expect(windows.map(({ replica, what, from, to }) => [replica, what, to - from])).toEqual([
    ['replica-1', 'it is restarted', 600],
    ['replica-2', 'it is restarted', 600],
    ['replica-1', 'it is restarted', 600],
    ['replica-2', 'it is restarted', 600],
  ]);
});

test('a fault is told for the course in which it was injected, and for no other', () => {
  const run = new MadeUpRun();
  run.course(secretRotation, { steps: 1, fault: 'witnessed' });
  run.course(secretRotation, { name: 'again', steps: 1 });
  const elsewhere = { type: 'fault', fault: 'cut', topology: 'trust', store: 'away', evidence: '' } as const;
  run.faults.add({ ...elsewhere, phase: 'injecting', at: 1000 });
  const faults = (id: string) => courseCalled(id, run).faults.map(({ fault }) => fault);
  expect(faults('hmac-secret')).toEqual(['store-unreachable']);
  expect(faults('hmac-secret.again')).toEqual([]);
});

test('a course that never began is told as such', () => {
  const run = madeUpDrill();
  run.planned.push({ id: 'never', clause: 'replay/shared', level: 'must', kind: 'procedure', judgedBy: [] });
  expect(wayOf(courseCalled('never', run))).toBe('Did not run');
});

test('what went wrong is told once for each time that it did, with the clause that it breaks', () => {
  const run = madeUpDrill({ 'hmac-secret': 'accepted', 'client-authority': 'refused' });
  const wrongs = (id: string) =>
    wrongsOf(courseCalled(id, run)).map(({ credential, counts, clauses, from, to }) => [
      credential,
      wrongsInWords(counts),
      clauses,
      to - from,
    ]);
  expect(wrongs('hmac-secret')).toEqual([
    ['old secret', '6 wrongly let in', ['rotation/removed-secret'], 600],
  ]);
  expect(wrongs('client-authority')).toEqual([
    ['secret in use', '6 wrongly refused, 6 not served', ['rotation/no-downtime'], 600],
  ]);
  expect(wrongs('hmac-secret.back-at-once-after-allow-next')).toEqual([]);
});

test('a gate has nothing of a drill', () => {
  const run = new MadeUpRun();
  expect(drillOf(run)).toBeUndefined();
  expect({ ...resultsOf([]), ...toldBy(run) }).not.toHaveProperty('drill');
});

test('when a course began is told in time of day', () => {
  const run = new MadeUpRun();
  run.at = 5000;
  run.course(secretRotation, { steps: 1 });
  expect(toldBy(run).began).toEqual(new Map([['hmac-secret', run.run.epochMs + 5000]]));
});
