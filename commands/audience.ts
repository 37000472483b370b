import type { History } from '../harness/judge/history.ts';
import type { View } from '../harness/judge/view.ts';
import type { Audience } from '../harness/run/ground.ts';
import { progressLine, say } from '../reports/console.ts';
import { explorationLines } from '../reports/exploration-lines.ts';
import { openLiveView } from '../reports/live.ts';
import { onTerminal } from './terminal.ts';

/** Somebody who watches a run, until it is over. */
export interface Watcher {
  readonly audience: Audience;
  readonly close: () => void;
}

/** A line for each finding: a gate is over before anybody could follow more. */
export const lineByLine = (): Watcher => ({
  audience: {
    begun: () => undefined,
    topologyUp: (name, ms) => say(upLine(name, ms)),
    judged: (finding) => say(progressLine(finding, onTerminal.colour)),
  },
  close: () => undefined,
});

/** A line for each schedule that was played, and the story of each that was made smaller. */
export function scheduleBySchedule(history: History): Watcher {
  let view: View | undefined;
  return {
    audience: {
      ...lineByLine().audience,
      begun(begun) {
        view = begun;
        // After the view itself, which knows by then what has just happened.
        history.listen((event) => {
          const lines = view && explorationLines(view, event, onTerminal.colour);
          if (lines !== undefined) say(lines);
        });
      },
    },
    close: () => undefined,
  };
}

/** On a terminal a picture of the topology that follows the drill. */
export function live(history: History): Watcher {
  let view: View | undefined;
  const picture = openLiveView({
    view: () => view,
    out: process.stdout,
    now: () => history.at(),
    colour: onTerminal.colour,
  });
  return {
    audience: {
      begun(begun) {
        view = begun;
        history.listen(picture.happened);
      },
      topologyUp: (name, ms) => picture.say(upLine(name, ms)),
      judged: picture.judged,
    },
    close: picture.close,
  };
}

const upLine = (name: string, ms: number): string => `up    ${name} in ${Math.round(ms)} ms`;
