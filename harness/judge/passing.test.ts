import { expect, test } from 'vitest';
import { Passing } from './passing.ts';

test('keeps what is in it, however much has passed through', () => {
  const passing = new Passing<number>();
  for (const stays of [1, 2, 3]) passing.set(`stays ${stays}`, stays);
  for (let passed = 0; passed < 1000; passed += 1) {
    passing.set(`passes ${passed}`, passed);
    expect(passing.get(`passes ${passed}`)).toBe(passed);
    passing.delete(`passes ${passed}`);
  }
  expect([...passing.entries()]).toEqual([
    ['stays 1', 1],
    ['stays 2', 2],
    ['stays 3', 3],
  ]);
  expect(passing.size).toBe(3);
});
