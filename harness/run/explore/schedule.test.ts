import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { readSchedule, type Schedule, writeSchedule } from './schedule.ts';

const folder = await mkdtemp(join(tmpdir(), 'keydrill-schedule-'));
afterAll(() => rm(folder, { recursive: true }));

const known = { contracts: ['signer-auth-v1'], faults: ['store-unreachable'] };
const schedule: Schedule = {
  schema: 1,
  keydrill: '0.1.0',
  contract: 'signer-auth-v1',
  signer: 'some signer',
  id: 'explore-7-12',
  seed: 42,
  actions: [
    { do: 'inject', fault: 'store-unreachable', replica: 'replica-1' },
    { do: 'send', client: 0, secret: 'newest', to: 'balancer' },
    { do: 'replay', back: 0, as: 'anew', to: 'replica-2' },
    { do: 'heal' },
  ],
};

async function reading(text: string): Promise<Schedule> {
  const path = join(folder, 'schedule.json');
  await writeFile(path, text);
  return readSchedule(path, known);
}

test('what was written is read again', async () => {
  expect(await reading(writeSchedule(schedule))).toEqual(schedule);
});

const [first, ...others] = schedule.actions;
const wrong: readonly (readonly [what: string, content: unknown, tells: readonly string[]])[] = [
  [
    'another version',
    { ...schedule, schema: 2, keydrill: '9.0.0', actions: 'x' },
    ['schema 1, not 2', 'keydrill 9.0.0'],
  ],
  ['no version', { ...schedule, schema: undefined }, ['schema: ', 'as keydrill explore wrote it']],
  [
    'an unknown action',
    { ...schedule, actions: [{ do: 'explode' }] },
    ['actions.0.do', '"explode"', 'send-wrong'],
  ],
  ['an action that says nothing', { ...schedule, actions: [{}] }, ['actions.0.do', 'wait-out-ttl']],
  [
    'a place that is not there',
    { ...schedule, actions: [{ do: 'restart', replica: 'replica-3' }] },
    ['actions.0.replica', '"replica-3"', 'replica-1'],
  ],
  ['a field too many', { ...schedule, actions: [first, { do: 'heal', now: true }] }, ['actions.1', '"now"']],
  [
    'a fault nobody knows',
    { ...schedule, actions: [...others, { ...first, fault: 'store-on-fire' }] },
    ['actions.3.fault', '"store-on-fire"', 'keydrill list faults'],
  ],
  [
    'another contract',
    { ...schedule, contract: 'kid-token-v1' },
    ['contract', '"kid-token-v1"', 'signer-auth-v1'],
  ],
  ['a name that is a path', { ...schedule, id: '../../etc' }, ['id: ', 'hyphens']],
  ['no actions', { ...schedule, actions: [] }, ['actions: ']],
  ['no object', null, ['the file: ']],
];

test.each(wrong)('%s is refused with its place', async (_what, content, tells) => {
  const error = await reading(JSON.stringify(content)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UsageError);
  for (const text of ['schedule.json: ', ...tells]) expect((error as Error).message).toContain(text);
});

test('what is no JSON, and what is not there, is said to be so', async () => {
  await expect(reading('{"schema": 1,')).rejects.toThrow(/not JSON at line 1/);
  await expect(readSchedule(join(folder, 'missing.json'), known)).rejects.toThrow(
    /no such file; name a schedule/,
  );
  await expect(readSchedule(folder, known)).rejects.toThrow(/cannot be read \(EISDIR\)/);
});
