import { describe, expect, test } from 'vitest';
import { rotation } from './procedure.fixture.ts';
import { lost, madeUpTopology, type Fate } from './walk.fixture.ts';

/** What was done to either replica, whichever came first. */
const anonymous = (told: readonly string[]): string[] => {
  const [first] = told.flatMap((line) => /^replica-\d/.exec(line) ?? []);
  return told.map((line) => line.replace(/^replica-\d/, (name) => (name === first ? 'first' : 'second')));
};

const rolled = (replica: string, secrets: string): string[] => [
  `${replica} drained`,
  `${replica} window opened`,
  `${replica} applied with ${secrets}`,
  `${replica} window closed`,
  `${replica} admitted`,
];

const taken = (id: string, ...between: string[]): string[] => [
  `forward ${id} begun`,
  ...between,
  `forward ${id} ended`,
];

const both = (id: string, secrets: string): string[] =>
  taken(id, ...rolled('first', secrets), `forward ${id} half-rolled`, ...rolled('second', secrets));

/** Which replica is rolled first in each course of a run. */
async function firstsOf(seed: number): Promise<(string | undefined)[]> {
  const topology = await madeUpTopology(rotation, { seed });
  const told = [];
  for (const { course } of topology.courses) told.push(await topology.walks(course.id));
  return told.map((lines) => lines.find((line) => line.endsWith('drained')));
}

describe('A course', () => {
  test('to the end takes step by step, a replica at a time, and leaves everybody where he was', async () => {
    const topology = await madeUpTopology(rotation);
    expect(anonymous(await topology.walks('rotation.to-the-end'))).toEqual([
      'course begun',
      ...both('allow', 'current+next'),
      ...taken('switch'),
      ...both('remove', 'next'),
      ...rolled('first', 'current'),
      ...rolled('second', 'current'),
      'course ended',
    ]);
  });

  test('in reverse undoes each step, the one that is half done included', async () => {
    const topology = await madeUpTopology(rotation);
    expect(anonymous(await topology.walks('rotation.back-in-reverse-half-of-remove'))).toEqual([
      'course begun',
      ...both('allow', 'current+next'),
      ...taken('switch'),
      'forward remove begun',
      ...rolled('first', 'next'),
      'forward remove half-rolled',
      'back remove begun',
      ...rolled('first', 'current+next'),
      'back remove ended',
      'back switch begun',
      'back switch ended',
      'back allow begun',
      ...rolled('first', 'current'),
      ...rolled('second', 'current'),
      'back allow ended',
      'course ended',
    ]);
  });

  test('at once gives every replica its first state without the steps between', async () => {
    const topology = await madeUpTopology(rotation);
    const told = anonymous(await topology.walks('rotation.back-at-once-half-of-remove'));
    expect(told.slice(told.indexOf('forward remove half-rolled'))).toEqual([
      'forward remove half-rolled',
      'back straight-back begun',
      ...rolled('first', 'current'),
      ...rolled('second', 'current'),
      'back straight-back ended',
      'course ended',
    ]);
  });

  test('rolls the replicas in an order that the seed decides', async () => {
    const first = await firstsOf(2);
    expect(await firstsOf(2)).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });
});

const lostOverNext: Fate = (how, secrets) => (how === 'applied' && secrets === 'next' ? lost() : undefined);

const lostForGood: Fate = (how, secrets) => (how === 'restarted' ? lost() : lostOverNext(how, secrets));

const slip: Fate = (how) => (how === 'applied' ? new TypeError('a slip of ours') : undefined);

describe('A replica that is lost over a change', () => {
  test('is started anew with what it had at first, as is the other one, before it gets traffic again', async () => {
    const topology = await madeUpTopology(rotation, { fate: lostOverNext });
    const told = anonymous(await topology.walks('rotation.to-the-end'));
    expect(told.slice(told.indexOf('forward remove begun'))).toEqual([
      'forward remove begun',
      'first drained',
      'first window opened',
      'first is lost with next',
      'first casualty',
      'back started-anew begun',
      'first restarted with current',
      'first window closed',
      'first admitted',
      'second drained',
      'second window opened',
      'second restarted with current',
      'second window closed',
      'second admitted',
      'back started-anew ended',
      'course ended',
    ]);
    // The next course finds everything as it was.
    expect(anonymous(await topology.walks('rotation.back-at-once-after-allow')).at(-1)).toBe('course ended');
  });

  test('and cannot be started anew gets no traffic, and nothing more is done there', async () => {
    const topology = await madeUpTopology(rotation, { fate: lostForGood });
    const told = anonymous(await topology.walks('rotation.to-the-end'));
    expect(told.slice(told.indexOf('first casualty'))).toEqual([
      'first casualty',
      'back started-anew begun',
      'first is lost with current',
      'first casualty for good',
      'course ended',
    ]);
    expect(await topology.walks('rotation.back-at-once-after-allow')).toEqual([
      'course begun',
      'course ended',
    ]);
  });
});

test('Whatever else goes wrong is an error of the course, and no fault of the replica', async () => {
  const topology = await madeUpTopology(rotation, { fate: slip });
  expect((await topology.walks('rotation.to-the-end')).at(-1)).toBe('course ended in error');
  expect(topology.view.all('casualty')).toEqual([]);
  expect(topology.view.all('case').at(-1)?.error).toContain('a slip of ours');
});

const lostOverTheLast: Fate = (how, secrets) =>
  how === 'applied' && secrets === 'next' ? lost() : undefined;

describe('A fault', () => {
  const through = 'rotation.through-remove-with-outage';
  const without = 'rotation.through-switch-with-outage';
  const back = 'rotation.back-at-once-after-switch-with-outage';

  test('comes in the middle of the step it is for, and goes when the last replica was told', async () => {
    const topology = await madeUpTopology(rotation, { courses: [through] });
    expect(anonymous(await topology.walks(through))).toEqual([
      'course begun',
      ...both('allow', 'current+next'),
      ...taken('switch'),
      ...taken(
        'remove',
        ...rolled('first', 'next'),
        'forward remove half-rolled',
        'outage begins',
        ...rolled('second', 'next').slice(0, 3),
        'outage ends',
        ...rolled('second', 'next').slice(3),
      ),
      ...rolled('first', 'current'),
      ...rolled('second', 'current'),
      'course ended',
    ]);
  });

  test('comes and goes in a step in which replicas stay as they are', async () => {
    const topology = await madeUpTopology(rotation, { courses: [without] });
    expect(await topology.walks(without)).toEqual(
      expect.arrayContaining(taken('switch', 'outage begins', 'outage ends')),
    );
  });

  test('is on for the whole of the way back', async () => {
    const topology = await madeUpTopology(rotation, { courses: [back] });
    const told = anonymous(await topology.walks(back));
    expect(told.slice(told.indexOf('outage begins'), told.indexOf('outage ends') + 1)).toEqual([
      'outage begins',
      'back straight-back begun',
      ...rolled('first', 'current'),
      ...rolled('second', 'current'),
      'back straight-back ended',
      'outage ends',
    ]);
  });

  test('is healed where a replica is lost meanwhile', async () => {
    const topology = await madeUpTopology(rotation, { courses: [through], fate: lostOverTheLast });
    const told = await topology.walks(through);
    expect(told.filter((line) => line.startsWith('outage'))).toHaveLength(0);
    const second: Fate = (() => {
      let times = 0;
      return (how, secrets) =>
        how === 'applied' && secrets === 'next' && (times += 1) === 2 ? lost() : undefined;
    })();
    const later = await madeUpTopology(rotation, { courses: [through], fate: second });
    expect((await later.walks(through)).filter((line) => line.startsWith('outage'))).toEqual([
      'outage begins',
      'outage ends',
    ]);
  });
});
