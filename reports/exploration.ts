import type { EventOf } from '../harness/judge/events.ts';
import type { Exchange } from '../harness/judge/exchange.ts';
import { judgeRequest } from '../harness/judge/request.ts';
import type { View } from '../harness/judge/view.ts';

/** An exploration as it is told. */
export interface Exploration {
  /** How many schedules there were, and how often one was played again or a smaller one in its place. */
  readonly schedules: number;
  readonly again: number;
  /** Actions that were carried out when a schedule was first played, by kind; and those that had no meaning there. */
  readonly actions: ReadonlyMap<string, number>;
  readonly leftOut: number;
  readonly faults: ReadonlyMap<string, FaultTally>;
  readonly shrunk: readonly Shrunk[];
}

export interface FaultTally {
  readonly injected: number;
  readonly witnessed: number;
}

/** A schedule of which nothing more could be taken away. */
export interface Shrunk extends Pick<
  EventOf<'shrunk'>,
  'case' | 'clause' | 'tries' | 'exhausted' | 'played' | 'failed'
> {
  /** How many actions it had when it was generated, and how many it has now. */
  readonly from: number;
  readonly to: number;
  readonly story: readonly Told[];
}

/** One action and what came of it. */
export interface Told {
  readonly sentence: string;
  readonly outcomes: readonly Outcome[];
}

export interface Outcome {
  readonly words: string;
  readonly wrong: boolean;
}

/** Undefined for a run that explored nothing. */
export function explorationOf(view: View): Exploration | undefined {
  const schedules = view.all('schedule');
  if (!view.run.planned.some(({ kind }) => kind === 'exploration')) return undefined;
  const first = schedules.filter(({ why }) => why === 'first');
  const [actions, leftOut] = tally(view, first);
  return {
    schedules: first.length,
    again: schedules.length - first.length,
    actions,
    leftOut,
    faults: faultTallies(view),
    shrunk: view.all('shrunk').map((shrunk) => shrunkOf(view, shrunk)),
  };
}

function tally(
  view: View,
  first: readonly EventOf<'schedule'>[],
): [ReadonlyMap<string, number>, leftOut: number] {
  const planned = new Map(first.map((schedule) => [keyOf(schedule), schedule.actions]));
  const carriedOut = new Map<string, number>();
  let leftOut = 0;
  for (const action of view.all('action')) {
    const kind = planned.get(keyOf(action))?.[(action.number ?? 0) - 1]?.do;
    if (kind === undefined) continue;
    if (action.leftOut !== undefined) leftOut += 1;
    else carriedOut.set(kind, (carriedOut.get(kind) ?? 0) + 1);
  }
  return [carriedOut, leftOut];
}

const keyOf = ({ case: id, attempt }: { case: string; attempt: number }): string => `${id} ${attempt}`;

function faultTallies(view: View): ReadonlyMap<string, FaultTally> {
  const tallies = new Map<string, FaultTally>();
  for (const { fault, witnessed: at } of view.faults.all) {
    const { injected, witnessed } = tallies.get(fault) ?? { injected: 0, witnessed: 0 };
    tallies.set(fault, {
      injected: injected + 1,
      witnessed: witnessed + (Number.isFinite(at) ? 1 : 0),
    });
  }
  return tallies;
}

export function shrunkOf(view: View, shrunk: EventOf<'shrunk'>): Shrunk {
  const { case: id, clause, tries, exhausted, played, failed, actions } = shrunk;
  const generated = view.all('schedule').find((each) => each.case === id);
  const from = generated?.actions.length ?? 0;
  const story = storyOf(view, { case: id, attempt: shrunk.attempt });
  return { case: id, clause, tries, exhausted, played, failed, from, to: actions.length, story };
}

/** What happened in one attempt of a schedule, action by action. */
function storyOf(view: View, of: { case: string; attempt: number }): Told[] {
  const mine = <E extends { case: string; attempt: number }>(events: readonly E[]): E[] =>
    events.filter(({ case: id, attempt }) => id === of.case && attempt === of.attempt);
  const actions = mine(view.all('action')).filter(({ leftOut }) => leftOut === undefined);
  const exchanges = view.ofCase(of.case).filter(({ request }) => request.attempt === of.attempt);
  const [begun] = mine(view.all('case'));
  return actions.map(({ at, sentence }, index) => {
    const until = actions[index + 1]?.at ?? Infinity;
    const during = (moment: number): boolean => moment >= at && moment < until;
    const witnessed = view.faults.all.filter(
      (band) => band.topology === begun?.topology && during(band.injecting),
    );
    return {
      sentence,
      outcomes: [
        ...witnessed.map((band) => ({
          words: `${Number.isFinite(band.witnessed) ? 'witnessed' : 'nobody witnessed it'}: ${band.evidence}`,
          wrong: false,
        })),
        ...outcomesOf(
          view,
          exchanges.filter(({ request }) => during(request.at)),
        ),
      ],
    };
  });
}

/** What was answered, with how often where that was more than once. */
function outcomesOf(view: View, exchanges: readonly Exchange[]): Outcome[] {
  const all = exchanges.map((exchange): Outcome => {
    const { standing, right } = judgeRequest(view, exchange);
    const { observed, connection, end } = exchange;
    const verdict = observed
      ? [...observed].join(' or ')
      : `no answer${end?.type === 'lost' ? ` (${end.detail})` : ''}`;
    const wrong = standing === 'wrong';
    const better = wrong ? `, where ${[...right].join(' or ')} is right` : '';
    return { words: `${connection.servedBy ?? connection.target}: ${verdict}${better}`, wrong };
  });
  return [...Map.groupBy(all, ({ words }) => words).values()].map((alike) => ({
    ...alike[0]!,
    words: alike.length > 1 ? `${alike[0]!.words} (${alike.length} times)` : alike[0]!.words,
  }));
}
