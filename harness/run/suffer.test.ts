import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Fault, Injection, Testimony } from '../faults/fault.ts';
import type { EventOf } from '../judge/events.ts';
import { History } from '../judge/history.ts';
import type { Replica, Topology } from './environment.ts';
import type { Suffering } from './scenario.ts';
import { suffer } from './suffer.ts';

const replicas = ['replica-1', 'replica-2'].map((name) => ({ name })) as unknown as readonly Replica[];
const topology = { name: 'usual', replicas } as unknown as Topology;

let now: number;
let done: string[];
let events: EventOf<'fault'>[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  now = 0;
  [done, events] = [[], []];
});
afterEach(() => void vi.useRealTimers());

const yes = (evidence = 'so it is'): Testimony => ({ so: true, evidence });
const no = (evidence = 'not yet'): Testimony => ({ so: false, evidence });

/** A fault that says these things one after the other when its witness is asked, and the last of them for ever. */
const faultOf = (said: Testimony[], { fault, injection }: Changes = {}): Fault => ({
  name: 'store-gone',
  sentence: 'The store is gone.',
  store: 'away',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: () => undefined,
  prepare: () =>
    Promise.resolve({
      inject: async () => void done.push('inject'),
      witness: () => {
        done.push('witness');
        return Promise.resolve(said.length > 1 ? said.shift()! : said[0]!);
      },
      heal: async () => void done.push('heal'),
      isOver: () => Promise.resolve(yes('it is back')),
      ...injection,
    }),
  ...fault,
});

interface Changes {
  readonly fault?: Partial<Fault>;
  readonly injection?: Partial<Injection>;
}

const settle = async (): Promise<void> => void done.push('settle');

async function suffered(fault: Fault, concerned = replicas): Promise<Suffering> {
  const history = History.unwritten(() => (now += 1));
  history.listen((event) => void (event.type === 'fault' && events.push(event)));
  return passing(
    suffer({ fault, topology, concerned, history, settle, signal: new AbortController().signal }),
  );
}

/** By the clock, more time passes at once than anybody waits for. */
async function passing<Value>(work: Promise<Value>): Promise<Value> {
  work.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  return work;
}

const phases = (): string[] =>
  events.map(({ phase, evidence }) => (evidence ? `${phase}: ${evidence}` : phase));

test('a fault is witnessed where it was not before, and healed once however often that is asked', async () => {
  const ordeal = await suffered(faultOf([no(), no(), yes()]));
  expect(ordeal.possible).toBe(true);
  await passing(ordeal.heals());
  await passing(ordeal.heals());
  expect(phases()).toEqual([
    'injecting: before: not yet',
    'witnessed: so it is',
    'healing',
    'healed: it is back',
  ]);
  expect(done).toEqual(['witness', 'inject', 'witness', 'witness', 'heal']);
  expect(events[0]).toMatchObject({ fault: 'store-gone', topology: 'usual', store: 'away' });
  expect(events[0]).not.toHaveProperty('replicas');
});

test('of a fault for one replica alone that is said, with what it silences and puts wrong', async () => {
  await suffered(
    faultOf([no(), yes()], { fault: { silences: 'replicas', clockOffsetMs: -5 } }),
    replicas.slice(1),
  );
  expect(events.at(-1)).toMatchObject({ replicas: ['replica-2'], silences: 'replicas', clockOffsetMs: -5 });
});

test('what shows under traffic is asked at the end, and was in force since it was injected', async () => {
  const ordeal = await suffered(faultOf([no(), yes()], { fault: { shows: 'under-traffic' } }));
  expect(phases()).toEqual(['injecting: before: not yet']);
  await passing(ordeal.heals());
  expect(phases().slice(1)).toEqual(['witnessed: so it is', 'healing', 'healed: it is back']);
  const [injecting, witnessed] = events;
  expect(witnessed!.since).toBeGreaterThan(injecting!.at);
  expect(witnessed!.since).toBeLessThan(witnessed!.at);
});

test.each(['at-rest', 'under-traffic'] as const)(
  'what was in force before we did anything proves nothing (%s)',
  async (shows) => {
    const ordeal = await suffered(faultOf([yes('long since')], { fault: { shows } }));
    await passing(ordeal.heals());
    expect(phases()).toContain('unwitnessed: long since');
    expect(phases().join()).not.toContain('witnessed: so it is');
  },
);

test('a fault that has not taken hold after two seconds is unwitnessed', async () => {
  await suffered(faultOf([no()]));
  expect(phases().at(-1)).toBe('unwitnessed: not yet');
  // Once before, and more than once after it.
  expect(done.filter((each) => each === 'witness').length).toBeGreaterThan(2);
});

test('a fault that can never take hold of such a signer is said to be so, and healed', async () => {
  const ordeal = await suffered(faultOf([no(), { ...no('asks by no name'), never: true }]));
  await passing(ordeal.heals());
  expect(phases().slice(1)).toEqual(['never: asks by no name', 'healing', 'healed: it is back']);
});

test('what cannot be done there is not tried', async () => {
  const ordeal = await suffered(faultOf([yes()], { fault: { cannot: () => 'no such clock' } }));
  await passing(ordeal.heals());
  expect(ordeal.possible).toBe(false);
  expect(phases()).toEqual(['injecting', 'never: no such clock', 'healed']);
  expect(done).toEqual([]);
});

test('who gets into place lets replicas settle before he strikes, and who leaves the store theirs after it', async () => {
  const place = async (): Promise<void> => void done.push('place');
  await suffered(faultOf([no(), yes()], { injection: { place } }));
  await suffered(faultOf([no(), yes()], { injection: { servesOn: true } }));
  expect(done).toEqual([
    // The one.
    'witness',
    'place',
    'settle',
    'inject',
    'witness',
    // The other.
    'witness',
    'inject',
    'settle',
    'witness',
  ]);
});

test.each(['place', 'inject'] as const)('what throws in the middle (%s) is healed', async (where) => {
  const broken = faultOf([no()], { injection: { [where]: () => Promise.reject(new Error('no way')) } });
  await expect(suffered(broken)).rejects.toThrow('no way');
  expect(phases().slice(1)).toEqual(['healing', 'healed: it is back']);
});

test.each([
  [{ isOver: () => Promise.resolve(no('still gone')) }, 'still gone'],
  [{ heal: () => Promise.reject(new Error('no way back')) }, 'no way back'],
] as const)('what is healed and is not over is said plainly', async (injection, evidence) => {
  const ordeal = await suffered(faultOf([no(), yes()], { injection }));
  await expect(passing(ordeal.heals())).rejects.toThrow(
    `store-gone was healed and is still there: ${evidence}`,
  );
  expect(phases().at(-1)).toBe(`unhealed: ${evidence}`);
});
