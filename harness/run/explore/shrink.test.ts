import { expect, test } from 'vitest';
import { chanceFrom } from '../../seed.ts';
import type { Action } from './action.ts';
import { scheduleBy } from './generate.ts';
import { shrink } from './shrink.ts';

const FAULTS = ['store-slow', 'store-unreachable'];
const send: Action = { do: 'send', client: 0, secret: 'newest', to: 'replica-1' };
const race: Action = { do: 'race', client: 1, copies: 16 };
const { actions: noise } = scheduleBy(chanceFrom(1), FAULTS);
const harmless = noise.filter((action) => action.do !== 'inject' && action.do !== 'race');
const inject: Action = { do: 'inject', fault: 'store-unreachable', replica: 'replica-2' };

/** A signer that breaks a promise under some actions, each time or by turns, and is watched to the end or so far. */
const signer = (
  breaks: (actions: readonly Action[]) => number,
  comes: (time: number) => boolean = () => true,
) => {
  let times = 0;
  return {
    times: () => times,
    play: (candidate: readonly Action[]) => {
      times += 1;
      const at = breaks(candidate);
      const failed = at >= 0 && comes(times);
      const done = failed ? candidate.slice(0, at + 1) : candidate;
      return Promise.resolve({ failed, actions: done, until: done.length });
    },
  };
};

/** Whatever is sent after the injection. */
const sentUnderFault = (actions: readonly Action[]): number => {
  const from = actions.findIndex((action) => action.do === 'inject');
  return from < 0 ? -1 : actions.findIndex((action, at) => at > from && action.do === 'send');
};
const found = (actions: readonly Action[]) => ({ actions, until: actions.length });

test('leaves out whatever is not needed, and makes the rest plainer', async () => {
  const actions = [...harmless, inject, ...harmless];
  const { play } = signer(sentUnderFault);
  expect(await shrink(found(actions), FAULTS, play)).toMatchObject({
    actions: [{ ...inject, fault: 'store-slow', replica: 'replica-1' }, send],
    exhausted: true,
    played: 5,
    failed: 5,
  });
});

test('leaves out the end too, where the breach shows after it only', async () => {
  const { play } = signer((actions) => (sentUnderFault(actions) < 0 ? -1 : actions.length - 1));
  const { actions } = await shrink(found([inject, send, ...harmless]), FAULTS, play);
  expect(actions.map((action) => action.do)).toEqual(['inject', 'send']);
});

test('names a replica in place of the balancer where that is enough', async () => {
  const { play } = signer((actions) =>
    actions.findIndex((action) => action.do === 'send' && action.to !== 'replica-1'),
  );
  const { actions } = await shrink(found([{ ...send, to: 'balancer' }]), FAULTS, play);
  expect(actions).toEqual([{ ...send, to: 'replica-2' }]);
});

test('says how often that fails which does not fail each time', async () => {
  const { play } = signer(
    (actions) => actions.findIndex((action) => action.do === 'race'),
    (time) => time % 3 !== 0,
  );
  const { actions, played, failed } = await shrink(found([...harmless, race]), FAULTS, play);
  expect(actions.map((action) => action.do)).toEqual(['race']);
  expect(failed).toBeGreaterThanOrEqual(2);
  expect(failed).toBeLessThan(played);
});

test('leaves alone what does not come again', async () => {
  const actions = [...harmless, race];
  const { play, times } = signer(
    () => 0,
    (time) => time === 3,
  );
  expect(await shrink(found(actions), FAULTS, play)).toEqual({
    actions,
    tries: 0,
    exhausted: false,
    played: 3,
    failed: 1,
  });
  expect(times()).toBe(3);
});

test('stops after so many tries, and says that there was more to try', async () => {
  // Every action is needed, and each of them could be plainer.
  const actions = Array.from({ length: 40 }, (): Action => ({ ...send, client: 1, to: 'balancer' }));
  const { play, times } = signer((candidate) =>
    candidate.length < 40 || candidate.some((each) => each.do === 'send' && each.client === 0) ? -1 : 39,
  );
  expect(await shrink(found(actions), FAULTS, play)).toMatchObject({
    tries: 60,
    exhausted: false,
    failed: 5,
  });
  expect(times()).toBeLessThan(100);
});
