import { expect, test } from 'vitest';
import { Intact } from './intact.ts';

const [at, evidence] = [0, ''];
const fault = (name: string, phase: 'injecting' | 'witnessed' | 'healed', topology = 'usual') =>
  ({ type: 'fault', at, topology, fault: name, phase, store: 'away', evidence }) as const;

test('a topology is intact until something is broken, and again when the last of it is healed', () => {
  using intact = new Intact();
  const first = intact.until('usual');
  expect(first.aborted).toBe(false);
  intact.hear(fault('cut', 'injecting'));
  expect(first.aborted).toBe(true);
  intact.hear(fault('slow', 'injecting'));
  intact.hear(fault('slow', 'witnessed'));
  intact.hear(fault('cut', 'healed'));
  expect(intact.until('usual').aborted).toBe(true);
  intact.hear(fault('slow', 'healed'));
  expect(intact.until('usual').aborted).toBe(false);
});

test('what is broken in one topology leaves another intact', () => {
  using intact = new Intact();
  const other = intact.until('short');
  intact.hear(fault('cut', 'injecting'));
  expect(other.aborted).toBe(false);
});

test('when nobody watches any more, nobody waits', () => {
  const intact = new Intact();
  const until = intact.until('usual');
  intact[Symbol.dispose]();
  expect(until.aborted).toBe(true);
});
