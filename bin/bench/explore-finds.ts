import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defects } from '../../environments/signers/defective/list.ts';
import { type Planting, plant } from '../../environments/signers/defective/plant.ts';
import { COUNTS } from '../../harness/run/explore/shrink.ts';
import { exploring } from './exploring.ts';
import { atLeast, type Figure, type Measurement } from './measurement.ts';

const SEEDS = 10;
const SCHEDULES = 100;
const ACTIONS = 6;

const letsInOnTimeout: Planting = {
  id: 'store-that-does-not-answer-lets-the-request-in',
  edits: [
    {
      file: 'replay-store.ts',
      correct: `    } catch {
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      wrong: `    } catch (error) {
      if (error instanceof Error && /timed out|timeout/i.test(error.message)) return 'OK';
      throw new Refusal('SIGNER_UNAVAILABLE');`,
    },
  ],
};

const planted: readonly Planting[] = [
  ...['nonce-is-read-and-then-written', 'memory-takes-over-and-stays'].map((name) =>
    defects.find(({ id }) => id === name)!,
  ),
  letsInOnTimeout,
];

/** For how many seeds each of three defects is found, and made small enough to be understood at a glance. */
export const exploreFinds: Measurement = {
  name: 'explore-finds',
  about: `three planted defects, each sought with ${SEEDS} seeds`,
  async measure({ print }) {
    const folder = await mkdtemp(join(tmpdir(), 'keydrill-bench-'));
    try {
      const figures: Figure[] = [];
      for (const defect of planted) {
        const adapter = await plant(defect, join(folder, defect.id));
        let found = 0;
        for (let seed = 1; seed <= SEEDS; seed += 1) {
          const { view } = await exploring({ adapter, seed, runs: SCHEDULES, untilFound: true });
          const schedules = view.all('schedule').filter(({ why }) => why === 'first').length;
          const small = view.all('shrunk').find(({ failed }) => failed >= COUNTS);
          if (small && small.actions.length <= ACTIONS) found += 1;
          const told = small
            ? `${small.clause} by ${small.actions.length} actions after ${small.tries} tries, failed ${small.failed} of ${small.played} times: ${small.actions.map((action) => action.do).join(', ')}`
            : 'not found';
          print(`${defect.id}, seed ${seed}: ${schedules} schedules; ${told}`);
        }
        figures.push(
          atLeast(`${defect.id}: seeds that found it in at most ${ACTIONS} actions`, found, SEEDS - 1),
        );
      }
      return figures;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
