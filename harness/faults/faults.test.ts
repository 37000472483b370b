import { expect, test } from 'vitest';
import { storeFates } from '../judge/events.ts';
import { faults } from './list.ts';

test('each fault has a name of its own, and says in a sentence what is broken', () => {
  const names = faults.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, sentence, store } of faults) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(sentence, name).toMatch(/^[A-Z].*\.$/);
    expect(storeFates, name).toContain(store);
  }
});
