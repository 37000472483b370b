import { styleText } from 'node:util';
import type { HistoryEvent } from '../harness/judge/events.ts';
import { breachesOf } from '../harness/judge/exploration.ts';
import type { View } from '../harness/judge/view.ts';
import { shrunkOf, type Exploration, type Shrunk } from './exploration.ts';
import { counted, duration, onOneLine, shortened } from './legible.ts';

/** What is to be said of an event of an exploration, for whoever watches it. */
export function explorationLines(view: View, event: HistoryEvent, colour: boolean): string | undefined {
  if (event.type === 'shrunk') return storyLines(shrunkOf(view, event), colour);
  if (event.type !== 'case' || event.phase !== 'ended') return undefined;
  const of = { case: event.case, attempt: event.attempt };
  const mine = (each: { case: string; attempt: number }): boolean =>
    each.case === of.case && each.attempt === of.attempt;
  const schedule = view.all('schedule').find(mine);
  if (schedule?.why !== 'first') return undefined;
  const actions = view.all('action').filter((each) => mine(each) && each.number !== undefined);
  const played = actions.filter(({ leftOut }) => leftOut === undefined);
  const [breach] = breachesOf(view, of);
  const word = event.error !== undefined ? 'ERROR' : breach ? 'FAIL' : 'ok';
  const took = duration(event.at - schedule.at);
  const said = `${word.padEnd(6)}${event.case}  ${counted(played.length, 'action')}  ${took}`;
  const why = event.error ?? breach?.clause;
  const line = why === undefined ? said : `${said}  ${onOneLine(shortened(why, 300))}`;
  return colour && word !== 'ok' ? styleText('red', line, { validateStream: false }) : line;
}

/** A schedule that was made smaller, told to whoever has to find out why it breaks a promise. */
export function storyLines(shrunk: Shrunk, colour = false): string {
  const red = (text: string): string => (colour ? styleText('red', text, { validateStream: false }) : text);
  return [
    `      ${shrunk.case} breaks ${shrunk.clause}: ${inShort(shrunk)}`,
    ...shrunk.story.flatMap(({ sentence, outcomes }, index) => [
      `      ${index + 1}. ${onOneLine(sentence)}`,
      ...outcomes.map(({ words, wrong }) =>
        wrong ? red(`           ✗ ${shown(words)}`) : `           → ${shown(words)}`,
      ),
    ]),
  ].join('\n');
}

const shown = (words: string): string => onOneLine(shortened(words, 300));

/** How small it became, how often it fails, and how sure that is. */
export const inShort = ({ from, to, tries, exhausted, played, failed }: Shrunk): string =>
  [
    `${to} of ${counted(from, 'action')}`,
    `failed ${failed} of ${played} times when it was played again`,
    exhausted
      ? `nothing smaller failed among ${counted(tries, 'try', 'tries')}`
      : tries > 0
        ? `there was more to try after ${tries}`
        : 'too seldom to be made smaller',
  ].join(', ');

/** What an exploration was made of, in one line each. */
export function made({ schedules, again, actions, leftOut, faults }: Exploration): string[] {
  const kinds = [...actions].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  const total = [...actions.values()].reduce((sum, count) => sum + count, 0);
  const injected = [...faults.values()].reduce((sum, fault) => sum + fault.injected, 0);
  const witnessed = [...faults.values()].reduce((sum, fault) => sum + fault.witnessed, 0);
  return [
    `${counted(schedules, 'schedule')} with ${counted(total, 'action')}${again > 0 ? `, and ${counted(again, 'replay')} of what failed` : ''}`,
    `${kinds.join(', ')}; ${leftOut} had no meaning where their turn came`,
    `${counted(injected, 'fault')} injected, ${witnessed} witnessed`,
  ];
}
