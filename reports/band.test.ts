import { expect, test } from 'vitest';
import type { EventOf } from '../harness/judge/events.ts';
import { Faults } from '../harness/judge/faults.ts';
import { bandInWords, heldInWords, holdOf, phaseAt } from './band.ts';

type Told = readonly [phase: EventOf<'fault'>['phase'], at: number, evidence?: string];

function bandOf(...told: readonly Told[]) {
  const faults = new Faults();
  for (const [phase, at, evidence = ''] of told)
    faults.add({ type: 'fault', fault: 'cut', topology: 'usual', store: 'away', phase, at, evidence });
  return faults.all[0]!;
}

const witnessed = [
  ['injecting', 1000],
  ['witnessed', 1050, 'no connection is left'],
  ['healing', 2000],
] as const satisfies readonly Told[];

test.each<[string, readonly Told[], string, string, string]>([
  [
    'was witnessed and healed',
    [...witnessed, ['healed', 2040]],
    'in-force',
    'cut: injected at 0.50 s, witnessed from 0.55 s on (no connection is left), healing from 1.50 s on, healed at 1.54 s',
    'in force 950 ms',
  ],
  [
    'nobody witnessed',
    [
      ['injecting', 1000],
      ['unwitnessed', 1900, '4 connections are left'],
      ['healing', 2000],
      ['healed', 2040],
    ],
    'unwitnessed',
    'cut: injected at 0.50 s, nobody witnessed that it took hold (4 connections are left), healing from 1.50 s on, healed at 1.54 s',
    '? not witnessed',
  ],
  [
    'cannot take hold there',
    [
      ['injecting', 1000],
      ['never', 1000, 'it asks no store'],
      ['healed', 1000],
    ],
    'never',
    'cut at 0.50 s: not applicable, it asks no store',
    '∅ not applicable',
  ],
  [
    'was healed and is still there',
    [...witnessed, ['unhealed', 7000, 'the store does not answer']],
    'unhealed',
    'healing from 1.50 s on, still there after that: the store does not answer',
    'in force 950 ms, ✗ not healed',
  ],
  [
    'was in force to the end',
    witnessed.slice(0, 2),
    'in-force',
    'not healed when the record ended',
    'in force 7.0 s',
  ],
])('a fault that %s is told as such', (_, told, hold, words, summed) => {
  const band = bandOf(...told);
  expect(holdOf(band)).toBe(hold);
  expect(bandInWords(band, 500)).toContain(words);
  expect(heldInWords([band], 8000)).toBe(summed);
});

test('of several injections it is said how many were not witnessed', () => {
  const good = bandOf(...witnessed, ['healed', 2040]);
  const bad = bandOf(['injecting', 1000], ['healed', 2000]);
  expect(heldInWords([good, bad, good], 8000)).toBe(
    'in force 2 times, 1.9 s in all, ? not witnessed 1 of 3 times',
  );
});

test('whoever watches sees how far it has got', () => {
  const band = bandOf(...witnessed);
  expect([1010, 1060, 2010].map((now) => phaseAt(band, now))).toEqual([
    'not yet witnessed',
    'in force',
    'healing',
  ]);
  expect(phaseAt(bandOf(...witnessed, ['unhealed', 7000]), 8000)).toBe('not healed');
});
