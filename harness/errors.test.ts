import { expect, test } from 'vitest';
import { EnvironmentError, explain, UsageError } from './errors.ts';

test('an error is told by its message, without a stack', () => {
  expect(explain(new UsageError('Cannot read adapter x.yaml: no such file'))).toBe(
    'Cannot read adapter x.yaml: no such file',
  );
});

test('a cause is told as well, through and through', () => {
  const deepest = new Error('connect ECONNREFUSED');
  const cause = new Error('store away', { cause: deepest });
  expect(explain(new EnvironmentError('Cannot start', { cause }))).toBe(
    'Cannot start (store away (connect ECONNREFUSED))',
  );
  expect(explain(new Error('odd', { cause: 'a word' }))).toBe('odd (a word)');
});

test('what is no error is told as it is', () => {
  expect(explain('a word')).toBe('a word');
  expect(explain(undefined)).toBe('undefined');
});

test('the kinds are told apart by class and by name', () => {
  const [usage, environment] = [new UsageError('a'), new EnvironmentError('b')];
  expect(usage).toBeInstanceOf(Error);
  expect(usage).not.toBeInstanceOf(EnvironmentError);
  expect([usage.name, environment.name]).toEqual(['UsageError', 'EnvironmentError']);
});
