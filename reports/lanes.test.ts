import { expect, test } from 'vitest';
import type { EventOf } from '../harness/judge/events.ts';
import { lanesOf } from './lanes.ts';

type State = EventOf<'state'>;

const holding = (secrets: readonly string[], server = 'usual/one') => ({
  clients: [
    ['scout', ['usual/scout']],
    ['a-rotation.alpha', secrets.map((name) => `a-rotation/alpha/${name}`)],
  ],
  clientTrust: ['old'],
  requireMtls: true,
  server,
});

const begun = (at: number, held: unknown, rest: Partial<State> = {}): State => ({
  type: 'state',
  at,
  topology: 'usual',
  replica: 'one',
  phase: 'begun',
  holding: held,
  deadline: at + 100,
  ...rest,
});

const whole = { from: 1000, to: 2000 };
const start = begun(0, holding(['current']));

test('while a change is under way a replica may hold either, and afterwards what it was given', () => {
  const states = [start, begun(1200, holding(['current', 'next'])), begun(1600, holding(['next']))];
  expect(lanesOf(states, 'usual', whole)).toEqual([
    {
      replica: 'one',
      what: 'client alpha',
      spells: [
        { from: 1000, to: 1200, may: ['current'] },
        { from: 1200, to: 1300, may: ['current', 'current+next'] },
        { from: 1300, to: 1600, may: ['current+next'] },
        { from: 1600, to: 1700, may: ['current+next', 'next'] },
        { from: 1700, to: 2000, may: ['next'] },
      ],
    },
  ]);
});

test('a change that was witnessed is sure from then on, whatever it was allowed', () => {
  const next = holding(['next']);
  const states = [start, begun(1200, next), begun(1230, next, { phase: 'witnessed' })];
  expect(lanesOf(states, 'usual', whole)[0]?.spells.map(({ to, may }) => [to, may.length])).toEqual([
    [1200, 1],
    [1230, 2],
    [2000, 1],
  ]);
});

test('of three states in a hurry each may still be held', () => {
  const states = [start, begun(1200, holding(['next'])), begun(1250, holding(['current']))];
  expect(lanesOf(states, 'usual', whole)[0]?.spells).toEqual([
    { from: 1000, to: 1200, may: ['current'] },
    { from: 1200, to: 1350, may: ['current', 'next'] },
    { from: 1350, to: 2000, may: ['current'] },
  ]);
});

test('a replica that keeps what another one changes has a lane too, and what nobody changes has none', () => {
  const two = { replica: 'two' };
  const states = [start, begun(0, holding(['current']), two), begun(1200, holding(['next']))];
  const lanes = lanesOf(states, 'usual', whole);
  expect(lanes.map(({ replica, what }) => [replica, what])).toEqual([
    ['one', 'client alpha'],
    ['two', 'client alpha'],
  ]);
  expect(lanes[1]?.spells).toEqual([{ from: 1000, to: 2000, may: ['current'] }]);
});

test('a certificate of its own is told from its later ones, a trust bundle is called by its words', () => {
  const trusting = { ...holding(['current']), server: 'usual/one/renewed', clientTrust: ['old', 'next'] };
  const lanes = lanesOf([start, begun(1200, trusting)], 'usual', whole);
  expect(lanes.map(({ what, spells }) => [what, spells.at(0)?.may, spells.at(-1)?.may])).toEqual([
    ['client trust', ['old'], ['old+next']],
    ['server', ['first'], ['renewed']],
  ]);
});

test('what another topology holds, and what was changed before and after, is not told', () => {
  const states = [
    begun(0, holding(['older'])),
    begun(500, holding(['current'])),
    begun(1500, holding(['other']), { topology: 'short' }),
    begun(2500, holding(['next'])),
  ];
  expect(lanesOf(states, 'usual', whole)).toEqual([]);
});
