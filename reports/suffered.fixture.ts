import { Story } from '../harness/judge/history.fixture.ts';
import type { Finding } from '../harness/judge/findings.ts';
import { finding, holding, resultsOf } from './results.fixture.ts';
import { toldBy, type Results } from './results.ts';

type Verdicts = readonly [before: string, meanwhile: string, after: string];

/** How long a fault of this run lasts, from its injection on. */
const WITNESSED = 60;
const HEALING = 900;
const HEALED = 950;
const CASE = 1600;

/** A chaos case that asks both replicas ten times before its fault, twenty times under it, and ten times after it. */
function chaosCase(
  story: Story,
  fault: string,
  from: number,
  verdicts: Verdicts,
  how: Partial<Parameters<Story['broken']>[0]> & {
    readonly as?: 'witnessed' | 'unwitnessed' | 'never' | 'unhealed';
  } = {},
): void {
  const { as = 'witnessed', ...change } = how;
  const id = `chaos-${fault}`;
  const injected = from + 300;
  const tells = (phase: Parameters<Story['broken']>[0]['phase'], after: number, evidence = ''): void =>
    story.broken({ ...change, fault, phase, at: injected + after, evidence: how.evidence ?? evidence });
  const asks = (first: number, every: number, count: number, verdict: string): void => {
    for (let index = 0; index < count; index += 1)
      story.exchange({
        at: first + index * every,
        case: id,
        to: index % 2 === 0 ? 'replica-1' : 'replica-2',
        ...(verdict === 'lost' ? { lost: 'timeout' } : { verdict }),
      });
  };
  story.begins(id, from);
  asks(from + 10, 25, 10, verdicts[0]);
  tells('injecting', 0, 'before: 4 connections');
  if (as === 'never') {
    tells('never', 0, 'no other clock can be given to this signer');
    tells('healed', 0);
    story.ends(id, from + CASE);
    return;
  }
  if (as === 'unwitnessed') tells('unwitnessed', WITNESSED, 'the store still counts 4 connections');
  else tells('witnessed', WITNESSED, 'the store counts 0 connections of replicas');
  asks(injected + WITNESSED + 10, 40, 20, verdicts[1]);
  tells('healing', HEALING);
  tells(as === 'unhealed' ? 'unhealed' : 'healed', HEALED, 'the store is still out of reach');
  asks(injected + HEALED + 30, 30, 2, verdicts[1]);
  asks(injected + HEALED + 90, 30, 8, verdicts[2]);
  story.ends(id, from + CASE);
}

const failsClosed: Verdicts = ['accepted', 'SIGNER_UNAVAILABLE', 'accepted'];

/** A run that suffered one fault of each kind; the last is called, and witnessed, by this name. */
export function chaosStory(last = 'replica-cut-off'): Story {
  const story = new Story();
  chaosCase(story, 'store-unreachable', 2000, failsClosed);
  chaosCase(story, 'store-out-of-memory', 4000, ['accepted', 'accepted', 'accepted']);
  chaosCase(story, 'store-slow', 6000, failsClosed, { as: 'unwitnessed' });
  chaosCase(story, 'clock-skewed', 8000, failsClosed, {
    as: 'never',
    store: 'sound',
    replicas: ['replica-2'],
  });
  chaosCase(story, 'store-flushed', 10_000, failsClosed, { store: 'forgetful' });
  chaosCase(story, 'store-paused', 12_000, ['accepted', 'lost', 'lost'], { as: 'unhealed' });
  chaosCase(story, last, 14_000, ['accepted', 'REPLAY_NONCE_USED', 'accepted'], {
    replicas: ['replica-1'],
    evidence: last,
  });
  return story;
}

const chaos = (fault: string, clause: string, rest: Partial<Finding> = {}): Finding =>
  finding(`chaos-${fault}`, clause, { durationMs: CASE, ...rest });

/** The measure of what is left to fear, as it stands in a finding that passed. */
export const RESIDUAL =
  '3 of 3 spent nonces were accepted again, for 1.2 s after the store had forgotten them';

export const chaosFindings = (last = 'replica-cut-off'): readonly Finding[] => [
  ...holding,
  chaos('store-unreachable', 'replay/single-use'),
  chaos('store-unreachable', 'replay/fail-closed', { actual: 'slowest answer 41 ms' }),
  chaos('store-out-of-memory', 'replay/single-use', {
    outcome: 'fail',
    reason: 'Request r97, "as signed"',
    expected: 'REPLAYED',
    actual: 'accepted',
    replica: 'replica-1',
  }),
  chaos('store-out-of-memory', 'replay/fail-closed'),
  chaos('store-slow', 'replay/fail-closed', {
    outcome: 'inconclusive',
    reason: 'Nobody witnessed that store-slow took hold: the store still counts 4 connections',
  }),
  chaos('clock-skewed', 'replay/shared', {
    outcome: 'not-applicable',
    reason: 'no other clock can be given to this signer',
  }),
  chaos('store-flushed', 'replay/single-use', { actual: RESIDUAL }),
  chaos('store-paused', 'replay/fail-closed', { outcome: 'error', reason: 'store-paused is still there' }),
  chaos(last, 'replay/single-use'),
];

export const chaosResults = (last?: string): Results & ReturnType<typeof toldBy> => ({
  ...resultsOf(chaosFindings(last)),
  ...toldBy(chaosStory(last).view),
});
