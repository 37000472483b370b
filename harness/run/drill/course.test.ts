import { expect, test } from 'vitest';
import { storeUnreachable } from '../../faults/store-unreachable.ts';
import { coursesOf, standingsOf, troubledCoursesOf } from './course.ts';
import { rotation } from './procedure.fixture.ts';

test('a procedure is carried out to its end, once', () => {
  const toTheEnd = coursesOf(rotation).filter(({ turn }) => turn === undefined);
  expect(toTheEnd.map(({ id }) => id)).toEqual(['rotation.to-the-end']);
});

test('it is taken back from the middle of each roll and from after each step, both ways', () => {
  const ids = coursesOf(rotation).map(({ id }) => id);
  expect(ids.filter((id) => id.includes('in-reverse'))).toEqual([
    'rotation.back-in-reverse-half-of-allow',
    'rotation.back-in-reverse-after-allow',
    'rotation.back-in-reverse-after-switch',
    'rotation.back-in-reverse-half-of-remove',
    'rotation.back-in-reverse-after-remove',
  ]);
  expect(ids.filter((id) => id.includes('at-once'))).toHaveLength(5);
  expect(new Set(ids).size).toBe(11);
});

test('half of a step comes after the steps before it', () => {
  const half = coursesOf(rotation).find(({ id }) => id.endsWith('in-reverse-half-of-remove'));
  expect(half?.turn).toEqual({ done: 2, halfRolled: true, way: 'in-reverse' });
});

test('everybody stands where the steps so far have led', () => {
  const stands = standingsOf(rotation).map(({ fleet, use }) => [fleet.secrets['one'], use.secrets['one']]);
  expect(stands).toEqual([
    [['current'], 'current'],
    [['current', 'next'], 'current'],
    [['current', 'next'], 'next'],
    [['next'], 'next'],
  ]);
});

test('a fault comes in the middle of each step, and while each is taken back', () => {
  const troubled = troubledCoursesOf(rotation, [storeUnreachable]);
  expect(troubled.map(({ id, trouble }) => [id, trouble?.during])).toEqual([
    ['rotation.through-allow-with-store-unreachable', 0],
    ['rotation.back-at-once-after-allow-with-store-unreachable', 'way-back'],
    ['rotation.through-switch-with-store-unreachable', 1],
    ['rotation.back-at-once-after-switch-with-store-unreachable', 'way-back'],
    ['rotation.through-remove-with-store-unreachable', 2],
    ['rotation.back-at-once-after-remove-with-store-unreachable', 'way-back'],
  ]);
});
