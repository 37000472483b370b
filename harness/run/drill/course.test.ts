import { expect, test } from 'vitest';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { coursesOf, standingsOf } from './course.ts';
import type { Fleet, Procedure, Step } from './procedure.ts';

const start = {
  fleet: { secrets: { one: ['current'] }, trust: ['old'], server: 'old' },
  use: { secrets: { one: 'current' }, identity: 'valid', trust: ['old'] },
} as const;

const step = (id: string, change: Partial<Step>): Step => ({
  id,
  sentence: `${id} is done`,
  undo: `${id} is undone`,
  runbook: [],
  during: {},
  after: {},
  ...change,
});

const allowing =
  (...secrets: string[]) =>
  (fleet: Fleet): Fleet => ({ ...fleet, secrets: { one: secrets } });

const procedure: Procedure<SigningClient> = {
  id: 'rotation',
  sentence: 'A secret is rotated.',
  tags: [],
  clients: { one: { allowed: ['current'], spare: ['next'] } },
  start,
  steps: [
    step('add', { fleet: allowing('current', 'next') }),
    step('switch', { use: (use) => ({ ...use, secrets: { one: 'next' } }) }),
    step('remove', { fleet: allowing('next') }),
  ],
  streams: [],
  abandoned: true,
};

test('a procedure that is not abandoned has one course, to its end', () => {
  expect(coursesOf({ ...procedure, abandoned: false }).map(({ id, turn }) => [id, turn])).toEqual([
    ['rotation.to-the-end', undefined],
  ]);
});

test('any other is taken back from the middle of each roll and from after each step, both ways', () => {
  const ids = coursesOf(procedure).map(({ id }) => id);
  expect(ids.filter((id) => id.includes('in-reverse'))).toEqual([
    'rotation.back-in-reverse-half-of-add',
    'rotation.back-in-reverse-after-add',
    'rotation.back-in-reverse-after-switch',
    'rotation.back-in-reverse-half-of-remove',
    'rotation.back-in-reverse-after-remove',
  ]);
  expect(ids.filter((id) => id.includes('at-once'))).toHaveLength(5);
  expect(new Set(ids).size).toBe(11);
});

test('half of a step comes after the steps before it', () => {
  const half = coursesOf(procedure).find(({ id }) => id.endsWith('in-reverse-half-of-remove'));
  expect(half?.turn).toEqual({ done: 2, halfRolled: true, way: 'in-reverse' });
});

test('everybody stands where the steps so far have led', () => {
  const stands = standingsOf(procedure).map(({ fleet, use }) => [fleet.secrets['one'], use.secrets['one']]);
  expect(stands).toEqual([
    [['current'], 'current'],
    [['current', 'next'], 'current'],
    [['current', 'next'], 'next'],
    [['next'], 'next'],
  ]);
});
