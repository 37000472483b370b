import { expect, test } from 'vitest';
import type { EventOf } from '../events.ts';
import { Story, TOPOLOGY } from '../history.fixture.ts';
import { nothingDisclosed } from './nothing-disclosed.ts';

const judged = (...scans: readonly Partial<EventOf<'scan'>>[]) => {
  const story = new Story();
  for (const scan of scans)
    story.tell({
      type: 'scan',
      at: 1,
      where: 'log',
      topology: TOPOLOGY,
      replica: 'replica-1',
      bytes: 100,
      needles: 5,
      leaks: [],
      ...scan,
    });
  return nothingDisclosed.judge(story.view);
};
const leak = { what: 'secret one/current', form: 'base64', context: 'key=[secret one/current]' };

test('says nothing where nothing was searched', () => {
  expect(judged()).toBeUndefined();
});

test('passes where nothing was found', () => {
  expect(judged({}, { where: 'answers', replica: null })).toEqual({ outcome: 'pass' });
});

test('fails where a log holds something, by name and never by value', () => {
  expect(judged({}, { replica: 'replica-2', leaks: [leak, leak] })).toEqual({
    outcome: 'fail',
    reason: 'The log holds secret one/current (base64): key=[secret one/current]',
    expected: 'no secret and no expected signature',
    actual: '2 disclosed',
    replica: 'replica-2',
  });
});

test('fails where an answer does, of which no replica is known', () => {
  const finding = judged({ where: 'answers', replica: null, leaks: [leak] });
  expect(finding).toMatchObject({ outcome: 'fail', reason: expect.stringMatching(/^An answer holds /) });
  expect(finding).not.toHaveProperty('replica');
});

test('an empty log is told apart from a clean one', () => {
  expect(judged({ bytes: 0 })).toEqual({ outcome: 'pass', reason: 'replica-1 wrote no log at all' });
  expect(judged({ where: 'answers', bytes: 0 })).toEqual({ outcome: 'pass' });
});
