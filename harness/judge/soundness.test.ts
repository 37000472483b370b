import { expect, test } from 'vitest';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { chanceFrom } from '../seed.ts';
import type { Finding } from './findings.ts';
import { judge } from './judge.ts';
import type { Defect } from './signer.fixture.ts';
import { rehearse } from './traffic.fixture.ts';
import { View } from './view.ts';
import type { World } from './world.fixture.ts';

/** Nothing here waits; a busy machine may yet take its time. */
const LONG_MS = 60_000;

const findingsOf = (world: World): Finding[] => judge(world.story.view).findings;

/** What a reader needs to look into it: the seed, and what was said. */
const failures = (seed: string, findings: readonly Finding[]) =>
  findings
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'error')
    .map(({ id, reason, expected, actual }) => ({ seed, id, reason, expected, actual }));

const seeds = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

test(
  'a correct signer is never failed, whatever stands still, is lost, goes out or is changed',
  { timeout: LONG_MS },
  () => {
    const outcomes: Record<string, number> = {};
    const failed = seeds('rough', 300).flatMap((seed) => {
      const findings = findingsOf(rehearse(seed, { calm: false }));
      for (const { outcome } of findings) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      return failures(seed, findings);
    });
    expect(failed).toEqual([]);
    // A judge who never says anything is never wrong: with all this going on he still has to decide some of it.
    expect(outcomes['pass']).toBeGreaterThan(1500);
    expect(outcomes['inconclusive']).toBeGreaterThan(300);
  },
);

test(
  'where nothing goes wrong a correct signer passes every case and every check',
  { timeout: LONG_MS },
  () => {
    const undecided = seeds('calm', 25).flatMap((seed) => {
      const findings = findingsOf(rehearse(seed, { calm: true }));
      expect(findings.length).toBeGreaterThan(10);
      return findings.filter(({ outcome }) => outcome !== 'pass').map((finding) => ({ seed, ...finding }));
    });
    expect(undecided).toEqual([]);
  },
);

test('a record that breaks off anywhere fails nobody either', { timeout: LONG_MS }, () => {
  const failed = seeds('cut short', 60).flatMap((seed) => {
    const world = rehearse(seed, { calm: false });
    const { events } = world.story;
    const chance = chanceFrom(seed).of('cut');
    return chance
      .shuffled(events.keys().toArray().slice(5))
      .slice(0, 3)
      .flatMap((length) => {
        // A standstill is known only once it is over, so what breaks off in the middle of one is left out.
        if (isStandingStill(world, events[length - 1]!.at)) return [];
        const view = new View(signerAuthV1);
        for (const event of events.slice(0, length)) view.add(event);
        const findings = judge(view).findings.filter(({ outcome }) => outcome === 'fail');
        return failures(`${seed}, ${length} events`, findings);
      });
  });
  expect(failed).toEqual([]);
});

const isStandingStill = ({ standstills }: World, at: number): boolean =>
  standstills.some(({ from, to }) => at > from - 150 && at < to + 150);

test('a record judged once more gives the same findings', { timeout: LONG_MS }, () => {
  for (const seed of seeds('again', 6)) {
    const world = rehearse(seed, { calm: false });
    const view = new View(signerAuthV1);
    for (const event of structuredClone(world.story.events)) view.add(event);
    expect(judge(view)).toEqual(judge(world.story.view));
  }
});

/** Each defect with the cases and checks that may speak of it. */
const defects: Readonly<Record<Defect, readonly string[]>> = {
  'accepts-twice': ['replayed-everywhere', 'raced-for', 'never-accepted-twice'],
  'memory-per-replica': ['replayed-everywhere', 'raced-for', 'never-accepted-twice', 'looked-up'],
  'looks-before-it-spends': ['raced-for', 'never-accepted-twice'],
  'never-forgets': ['around-the-time-to-live', 'looked-up'],
  'forgets-early': ['around-the-time-to-live', 'never-accepted-twice'],
  'ignores-the-past': ['all-sorts', 'all-sorts-again'],
  'ignores-the-future': ['all-sorts', 'all-sorts-again'],
  'keeps-removed-secrets': ['secret-removed'],
  'knows-the-first-secret-only': ['secret-removed'],
  'accepts-any-signature': ['all-sorts', 'secret-removed'],
  'asks-for-no-certificate': ['all-sorts', 'all-sorts-again'],
  'spends-before-authentication': ['all-sorts', 'all-sorts-again'],
  'accepts-during-an-outage': ['store-taken-away'],
};

test.each(Object.entries(defects) as [Defect, readonly string[]][])(
  'a signer that %s is failed every time where nothing hides it, by what looks for it',
  { timeout: LONG_MS },
  (defect, speakers) => {
    for (const seed of seeds(defect, 5)) {
      const failed = failures(seed, findingsOf(rehearse(seed, { calm: true, defect })));
      expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining([...speakers]));
    }
  },
);

test.each(Object.keys(defects) as Defect[])(
  'a signer that %s is failed most times where much goes wrong besides',
  { timeout: LONG_MS },
  (defect) => {
    const worlds = seeds(defect, 10)
      .map((seed) => rehearse(seed, { calm: false, defect }))
      // Where the store never goes away, nobody sees what a signer does without it.
      .filter(({ weather }) => defect !== 'accepts-during-an-outage' || weather.outages);
    const caught = worlds.filter((world) => failures('', findingsOf(world)).length > 0);
    expect(caught.length / worlds.length).toBeGreaterThan(0.6);
  },
);
