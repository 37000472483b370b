import { describe, expect, test } from 'vitest';
import { defects } from './environments/signers/defective/list.ts';
import { plant } from './environments/signers/defective/plant.ts';
import { scheduleSchema, type Schedule } from './harness/run/explore/schedule.ts';
import { expectComplaint, expectNoResult, findingsIn, place, recordIn, reports } from './keydrill.fixture.ts';

// Random schedules as a user plays them, and those that are left of them.

/** What a signer that fails open cannot hide. */
const outage: Schedule = {
  schema: 1,
  keydrill: '0.1.0',
  contract: 'signer-auth-v1',
  signer: 'some signer',
  id: 'explore-7-12',
  seed: 42,
  actions: [
    { do: 'inject', fault: 'store-unreachable', replica: 'replica-1' },
    { do: 'send', client: 0, secret: 'newest', to: 'replica-1' },
  ],
};

const called = (name: string) => defects.find(({ id }) => id === name)!;
const failsOpen = called('store-failure-lets-the-request-in');
/** Nearly any schedule shows it: no test should have to wait for what is rare. */
const looksAway = called('reply-of-the-store-is-not-looked-at');

test('a correct signer passes, and its history gives the same findings again', async () => {
  await using here = await place();
  const ended = await here.keydrill('explore', '--runs', '4', '--seed', '3', '--out', 'out');
  expect(ended).toMatchObject({ code: 0, said: '', left: [] });
  expect(ended.out).toMatch(/^ok {4}explore-3-4 {2}\d+ actions? /m);
  expect(ended.out).toContain('No schedule that was played broke a MUST');
  expect((await here.files('out')).toSorted()).toEqual([...reports, 'history.jsonl'].toSorted());
  expect(await here.read('out', 'summary.md')).toContain('- 4 schedules with ');
  const findings = await findingsIn(here, 'out');
  expect(findings.findings.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  const again = await here.keydrill('judge', 'out', '--json');
  expect(JSON.parse(again.out)).toEqual(findings);
});

test('a signer that breaks a promise is found, and what is left of the schedule fails again', async () => {
  await using here = await place();
  const adapter = await plant(looksAway, here.at('signer'));
  const to = ['--signer', adapter] as const;
  const found = await here.keydrill('explore', '--runs', '2', '--seed', '2', ...to, '--out', 'out');
  expect(found).toMatchObject({ code: 1, said: '', left: [] });
  const { findings } = await findingsIn(here, 'out');
  const broken = findings.find(({ outcome }) => outcome === 'fail');
  expect(broken?.reason).toMatch(/ left, and failed [2-5] of 5 times$/);
  expect(found.out).toMatch(/ breaks [a-z/-]+: \d of 15 actions, failed [2-5] of 5 times/);

  const path = broken!.reproduce.split(' ')[3]!;
  expect(broken!.reproduce).toBe(`npx keydrill replay ${path} --signer ${adapter}`);
  const left = scheduleSchema.parse(await here.json(path));
  expect(left.actions.length).toBeLessThanOrEqual(6);
  const replayed = await here.keydrill('replay', path, ...to, '--out', 'again');
  expect(replayed).toMatchObject({ code: 1, said: '', left: [] });
  expect(
    (await findingsIn(here, 'again')).findings.filter(({ outcome }) => outcome === 'fail'),
  ).toContainEqual(expect.objectContaining({ id: left.id, clause: broken!.clause }));
});

test('one schedule is red on a signer that fails open, and green on one that does not', async () => {
  await using here = await place();
  const file = await here.write('outage.json', JSON.stringify(outage));
  const adapter = await plant(failsOpen, here.at('signer'));
  const red = await here.keydrill('replay', file, '--signer', adapter, '--out', 'red');
  expect(red).toMatchObject({ code: 1, said: '', left: [] });
  const closed = { id: outage.id, clause: 'replay/fail-closed' };
  expect((await findingsIn(here, 'red')).findings).toContainEqual(
    expect.objectContaining({
      ...closed,
      outcome: 'fail',
      reproduce: `npx keydrill replay ${file} --signer ${adapter}`,
    }),
  );
  const green = await here.keydrill('replay', file, '--out', 'green');
  expect(green).toMatchObject({ code: 0, said: '', left: [] });
  expect((await findingsIn(here, 'green')).findings).toContainEqual(
    expect.objectContaining({ ...closed, outcome: 'pass', actual: 'held for 5 requests of 1 schedule' }),
  );
  expect(await recordIn(here, 'green')).toMatchObject({ seed: outage.seed, verdict: 'green' });
});

test('a schedule under a fault that struck nobody is in doubt, and never green', async () => {
  await using here = await place();
  const [inject, send] = outage.actions;
  const actions = [
    { ...inject, fault: 'store-error-readonly' },
    { ...send, to: 'replica-2' },
  ];
  await here.write('idle.json', JSON.stringify({ ...outage, actions }));
  const ended = await here.keydrill('replay', 'idle.json', '--out', 'out');
  expect(ended).toMatchObject({ code: 4, said: '', left: [] });
  const { findings } = await findingsIn(here, 'out');
  expect(findings).toContainEqual(
    expect.objectContaining({
      clause: 'replay/fail-closed',
      outcome: 'inconclusive',
      reason: expect.stringMatching(/nobody witnessed that store-error-readonly took hold: replica-1: 0 /),
    }),
  );
});

describe.concurrent('what cannot be played is said to be so, and nothing is started', () => {
  test.for([
    [{ ...outage, schema: 2, keydrill: '9.1.0' }, ['outage.json: schema', 'not 2', 'keydrill 9.1.0']],
    [{ ...outage, actions: [{ do: 'explode' }] }, ['actions.0.do', '"explode" is no action', 'inject']],
    [
      { ...outage, actions: [{ ...outage.actions[0], fault: 'fire' }] },
      ['actions.0.fault', '"fire"', 'keydrill list faults'],
    ],
  ] as const)('schedule %#', async ([schedule, tells]) => {
    await using here = await place();
    await here.write('outage.json', JSON.stringify(schedule));
    const ended = await here.keydrill('replay', 'outage.json', '--out', 'out');
    expectComplaint(ended, 2, tells);
    await expectNoResult(ended, here);
  });

  test.for([
    [
      ['replay', 'missing.json'],
      ['missing.json: no such file', 'keydrill explore'],
    ],
    [['replay'], ['schedule']],
    [
      ['explore', '--runs', '0'],
      ['--runs', 'whole number'],
    ],
    [['explore', '--only', 'replay/atomic'], ['--only']],
  ] as const)('%j', async ([words, tells]) => {
    await using here = await place();
    const ended = await here.keydrill(...words, '--out', 'out');
    expectComplaint(ended, 2, tells);
    await expectNoResult(ended, here);
  });
});
