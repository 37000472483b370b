import { expect, test } from 'vitest';
import { spanOf } from './exchange.ts';
import { holdingsAt } from './holdings.ts';
import { holding, Story, TOPOLOGY } from './history.fixture.ts';

const next = { ...holding, clients: [['one', ['one/next']]] as [string, string[]][] };
const last = { ...holding, requireMtls: false };

test('before anything changes a replica holds its first state', () => {
  const story = new Story();
  expect(holdingsAt(story.view, story.exchange({ at: 10 }))).toEqual([holding]);
});

test('from the moment a change has begun it may hold either', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  const held = (at: number, until: number) =>
    holdingsAt(story.view, story.exchange({ at, until, lost: 'reset' }));
  expect(held(50, 90)).toEqual([holding]);
  expect(held(50, 100)).toEqual([holding]);
  expect(held(50, 101)).toEqual([holding, next]);
  expect(held(300, 310)).toEqual([holding, next]);
  expect(held(599, 700)).toEqual([holding, next]);
});

test('from its deadline on a signer that keeps its word holds the new one', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  expect(holdingsAt(story.view, story.exchange({ at: 600 }))).toEqual([next]);
});

test('a witness settles it before the deadline', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.state('witnessed', 250, next);
  expect(holdingsAt(story.view, story.exchange({ at: 249 }))).toEqual([holding, next]);
  expect(holdingsAt(story.view, story.exchange({ at: 250 }))).toEqual([next]);
});

test('without deadline and witness the old state may last for ever', () => {
  const story = new Story();
  story.state('begun', 100, next);
  expect(holdingsAt(story.view, story.exchange({ at: 1e9 }))).toEqual([holding, next]);
});

test('a change that follows before the first is settled leaves three', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.state('begun', 200, last, { deadline: 700 });
  expect(holdingsAt(story.view, story.exchange({ at: 300 }))).toEqual([holding, next, last]);
  expect(holdingsAt(story.view, story.exchange({ at: 650 }))).toEqual([next, last]);
  expect(holdingsAt(story.view, story.exchange({ at: 700 }))).toEqual([last]);
});

test('what was seen of an earlier state says nothing of a later one', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.state('begun', 200, last, { deadline: 700 });
  story.state('witnessed', 210, next);
  expect(holdingsAt(story.view, story.exchange({ at: 300 }))).toEqual([next, last]);
});

test('who holds a later state has left every earlier one behind', () => {
  const story = new Story();
  story.state('begun', 100, next);
  story.state('begun', 200, last);
  story.state('witnessed', 250, last);
  expect(holdingsAt(story.view, story.exchange({ at: 300 }))).toEqual([last]);
});

test('a rollback may leave the same state twice, and it counts once as held', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.state('begun', 700, holding, { deadline: 1200 });
  expect(holdingsAt(story.view, story.exchange({ at: 800 }))).toEqual([next, holding]);
  expect(holdingsAt(story.view, story.exchange({ at: 1200 }))).toEqual([holding]);
});

test('a standstill of the replica does not count towards its deadline', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.stall(300, 5300, { who: 'replica', topology: TOPOLOGY, replica: 'replica-1' });
  expect(holdingsAt(story.view, story.exchange({ at: 5600 }))).toEqual([holding, next]);
  expect(holdingsAt(story.view, story.exchange({ at: 5900 }))).toEqual([next]);
});

test('a standstill of the other replica does', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 600 });
  story.stall(300, 5300, { who: 'replica', topology: TOPOLOGY, replica: 'replica-2' });
  expect(holdingsAt(story.view, story.exchange({ at: 700 }))).toEqual([next]);
});

test('each replica and each topology has its own states', () => {
  const story = new Story();
  story.topology('short', last);
  story.state('begun', 100, next, { deadline: 200, replica: 'replica-2' });
  expect(holdingsAt(story.view, story.exchange({ at: 300, to: 'replica-1' }))).toEqual([holding]);
  expect(holdingsAt(story.view, story.exchange({ at: 300, to: 'replica-2' }))).toEqual([next]);
  expect(holdingsAt(story.view, story.exchange({ at: 300, topology: 'short' }))).toEqual([last]);
});

test('where nobody knows who served it, the states of all replicas count', () => {
  const story = new Story();
  story.state('begun', 100, next, { deadline: 200, replica: 'replica-2' });
  const known = story.exchange({ at: 300, to: 'balancer', servedBy: 'replica-2' });
  const unknown = story.exchange({ at: 300, to: 'balancer', servedBy: null });
  expect(holdingsAt(story.view, known)).toEqual([next]);
  expect(holdingsAt(story.view, unknown)).toEqual([holding, next]);
  expect(story.view.mayServe(spanOf(unknown)).map(({ name }) => name)).toEqual(['replica-1', 'replica-2']);
});
