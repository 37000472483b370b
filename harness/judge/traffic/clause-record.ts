import type { Judgement } from '../findings.ts';
import type { ToldDeath } from './deaths.ts';
import { place, words } from './sent.ts';
import { Suspects, type Suspect } from './suspects.ts';

/** What the requests of one course that speak for one clause came to. */
export class ClauseRecord {
  readonly suspects = new Suspects<Suspect>();
  /** Requests that had to be let in, and those of them that were. */
  owed = 0;
  served = 0;
  /** Requests that had to be refused and were. */
  refused = 0;

  /** Nothing where no request decides it. */
  judge(deaths: readonly ToldDeath[], longestGapMs: number): Judgement | undefined {
    const { suspects, owed, served, refused } = this;
    const [first] = suspects.kept;
    if (first) return inFull(first, suspects.count);
    if (suspects.count > 0)
      return {
        outcome: 'inconclusive',
        reason: `${told(suspects.count)} requests looked wrong that were too many to be judged again, and all that were judged again were excused`,
      };
    if (served + refused === 0) return undefined;
    const said = [
      ...(served > 0 ? [`${told(served)} of ${told(owed)} served; longest gap ${ms(longestGapMs)}`] : []),
      ...(refused > 0 ? [deaths.length > 0 ? deathTold(deaths) : `${told(refused)} refused`] : []),
    ];
    return { outcome: 'pass', actual: said.join('; ') };
  }
}

/** The last of all deaths, and how often what died was refused since. */
function deathTold(deaths: readonly ToldDeath[]): string {
  const last = deaths.reduce((a, b) => (b.afterMs > a.afterMs ? b : a));
  const refused = deaths.reduce((sum, death) => sum + death.refused, 0);
  const letIn =
    last.afterMs > 0
      ? `last let in ${ms(last.afterMs)} after the removal began`
      : 'never let in once the removal had begun';
  return `${letIn} (bound ${ms(last.boundMs)}), refused ${times(refused)} since`;
}

/** A request that was wrongly decided, and how many there are like it. */
export function inFull({ judged }: Suspect, of: number): Judgement {
  const { sent, right } = judged;
  const { event, stream, connection, step } = sent;
  const on = `on a ${connection.mode} connection to ${connection.target}`;
  const back = step?.direction === 'back' ? 'the way back, ' : '';
  const when = step ? `${ms(event.at - step.at)} into ${back}"${step.step}"` : 'before the first step';
  const first = of > 1 ? `, the first of ${told(of)}` : '';
  return {
    outcome: 'fail',
    reason: `Request ${event.id}, "${stream.credential}" ${on}, ${when}${first}`,
    expected: [...right].join(' or '),
    actual: words(judged),
    replica: place(sent),
  };
}

export const times = (count: number): string => (count === 1 ? 'once' : `${told(count)} times`);
const told = (count: number): string => count.toLocaleString('en');
const ms = (length: number): string => `${told(Math.round(length))} ms`;
