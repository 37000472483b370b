import { referenceAdapter } from '../../environments/signers/list.ts';
import { LENGTH } from '../../harness/run/explore/generate.ts';
import { exploring } from './exploring.ts';
import { atLeast, type Measurement, shown } from './measurement.ts';

const SCHEDULES = 40;

/** How many schedules are played in a minute, from the first to the last of them, on topologies that are up. */
export const explore: Measurement = {
  name: 'explore',
  about: `random schedules of ${LENGTH} actions, by the minute`,
  async measure({ print }) {
    const { view, findings } = await exploring({ adapter: referenceAdapter, seed: 1, runs: SCHEDULES });
    const wrong = findings.findings.find(({ outcome }) => outcome === 'fail' || outcome === 'error');
    if (wrong) throw new Error(`${wrong.id} ${wrong.clause}: ${wrong.reason}`);
    const played = view.all('schedule');
    const tookMs = Math.max(...view.all('case').map(({ at }) => at)) - played[0]!.at;
    const done = view.all('action').filter((each) => each.number !== undefined && each.leftOut === undefined);
    print(
      `${played.length} schedules in ${shown(tookMs, 'ms')}; of their actions ${done.length} of ${played.length * LENGTH} had a meaning`,
    );
    return [atLeast('schedules a minute', (played.length * 60_000) / tookMs, 20)];
  },
};
