import { styleText } from 'node:util';
import type { CaseTally, Counts, CredentialTally } from '../harness/judge/traffic/tally.ts';
import { phaseAt } from './band.ts';
import { coursesPlanned, courseOf, type Course, type Told } from './drill.ts';
import { counted, duration, onOneLine } from './legible.ts';
import { standings, standingWords, type Standing } from './standing.ts';
import { wrongIn, wrongsInWords } from './wrongs.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

/** What a terminal shows of a drill at one moment, line by line, each within its width and all within its height. */
export function frameOf(
  view: Told,
  counts: ReadonlyMap<Standing, number>,
  now: number,
  screen: Screen,
): readonly string[] {
  const planned = coursesPlanned(view);
  const cases = view.all('case').filter((event) => planned.includes(event.case));
  const begun = cases.filter(({ phase }) => phase === 'begun');
  const ended = new Set(cases.flatMap((event) => (event.phase === 'ended' ? [event.case] : [])));
  const running = begun.filter((event) => !ended.has(event.case)).map((event) => event.case);

  const head: Line[] = [
    [{ text: `course ${begun.length} of ${planned.length}` }, { text: ` · ${elapsed(now)}` }],
  ];
  const foot: Line[] = [findingsLine(counts)];
  const room = Math.floor((screen.rows - 1 - head.length - foot.length) / Math.max(1, running.length));
  const courses = running.flatMap((id) => {
    const course = courseOf(view, id, view.traffic.course(id)?.told(), now);
    const wait = view.all('wait').findLast((each) => each.case === id && each.at + each.ms > now);
    return within(room, courseLines(course, now, screen, wait?.why));
  });
  return [...head, ...courses, ...foot].map((line) => painted(line, screen));
}

interface Piece {
  readonly text: string;
  readonly style?: Parameters<typeof styleText>[0] | undefined;
}

type Line = readonly Piece[];

/** What there is room for, and how much there was not. */
function within(room: number, all: readonly Line[]): readonly Line[] {
  if (all.length <= room) return all;
  const shown = all.slice(0, Math.max(0, room - 1));
  return [...shown, [{ text: `  and ${counted(all.length - shown.length, 'more line')}`, style: 'dim' }]];
}

function courseLines(course: Course, now: number, { columns }: Screen, waitsFor: string | undefined): Line[] {
  return [
    [{ text: '' }],
    [{ text: onOneLine(course.id), style: 'bold' }, { text: `  ${elapsed(now - course.from)}` }],
    stepLine(course, waitsFor),
    ...replicaLines(course, now),
    ...(course.tally === undefined ? [] : trafficLines(course.tally, columns)),
  ];
}

function stepLine({ steps, to }: Course, waitsFor: string | undefined): Line {
  const step = steps.at(-1);
  const waiting = waitsFor === undefined ? '' : `, waiting: ${onOneLine(waitsFor)}`;
  if (step === undefined) return [{ text: `  before the first step${waiting}`, style: 'dim' }];
  const { number, direction, sentence } = step;
  const at = number === undefined ? '' : ` ${number}`;
  const name = direction === 'forward' ? `step${at}` : `back${at}`;
  const done = !step.unfinished && step.to < to;
  return [
    { text: `  ${name} ${onOneLine(step.step)}`, style: direction === 'forward' ? 'cyan' : 'yellow' },
    { text: `${done ? `, done${waiting}` : ''}  ${onOneLine(sentence)}` },
  ];
}

/** Which replica holds what, as far as it changes. */
function replicaLines({ lanes, windows, faults, casualties }: Course, now: number): Line[] {
  const held = [...Map.groupBy(lanes, ({ replica }) => replica)].map(([replica, ofReplica]): Line => {
    const may = ofReplica.map(({ what, spells }) => ({ what, names: spells.at(-1)?.may ?? [] }));
    const window = windows.find((each) => each.replica === replica && each.to >= now);
    const changing = window ? window.what : may.some(({ names }) => names.length > 1) ? 'being changed' : '';
    const texts = may.map(({ what, names }) => `${what} ${names.join(' or ')}`);
    const text = `${onOneLine(replica)}  ${texts.map(onOneLine).join(', ')}`;
    return changing === ''
      ? [{ text: `  ${text}` }]
      : [{ text: `▸ ${text}  (${onOneLine(changing)})`, style: 'yellow' }];
  });
  const suffered = faults
    .filter(({ healed }) => healed >= now)
    .map((band): Line => [
      { text: `  fault: ${onOneLine(band.fault)}, ${phaseAt(band, now)}`, style: 'yellow' },
    ]);
  const lost = casualties.map(({ replica = '', what }): Line => [
    { text: `✗ ${onOneLine(replica)}: ${onOneLine(what)}`, style: ['red', 'bold'] },
  ]);
  return [...held, ...suffered, ...lost];
}

/** Columns of figures, the most telling first; half a figure would be a wrong one. */
const FIGURE = 9;
const figures = [
  ['wrong', wrongIn],
  ['let in', ({ accepted }) => accepted],
  ['refused', ({ refused }) => refused],
  ['unknown', ({ unknown }) => unknown],
] as const satisfies readonly (readonly [string, (counts: Counts) => number])[];
const LEAST_NAME = 7;

function trafficLines({ credentials, honest }: CaseTally, columns: number): Line[] {
  const room = columns - 3;
  const shown = figures.slice(0, Math.max(1, Math.floor((room - LEAST_NAME) / FIGURE)));
  const longest = Math.max(10, ...credentials.map(({ credential }) => credential.length));
  const width = Math.max(LEAST_NAME, Math.min(longest, room - shown.length * FIGURE));
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `${cut(onOneLine(name), width).padEnd(width)}${cells.map((each) => String(each).padStart(FIGURE)).join('')}`;
  const line = ({ credential, counts }: CredentialTally): Line => {
    const text = row(
      credential,
      shown.map(([, of]) => of(counts)),
    );
    return wrongIn(counts) === 0
      ? [{ text: `  ${text}` }]
      : [
          { text: `✗ ${text}`, style: ['red', 'bold'] },
          { text: `  ${wrongsInWords(counts)}`, style: 'red' },
        ];
  };
  // What is wrong comes first: it must not be what there was no room for.
  const byWeight = credentials.toSorted(
    (a, b) => Number(wrongIn(b.counts) > 0) - Number(wrongIn(a.counts) > 0),
  );
  return [
    [
      {
        text: `  honest clients: ${honest.unserved} not served, longest gap ${duration(honest.longestGapMs)}`,
        style: honest.unserved > 0 ? 'yellow' : 'dim',
      },
    ],
    [
      {
        text: `  ${row(
          'credential',
          shown.map(([name]) => name),
        )}`,
        style: 'dim',
      },
    ],
    ...byWeight.map(line),
  ];
}

const findingStyles: Readonly<Record<Standing, Piece['style']>> = {
  broken: 'red',
  'in-doubt': 'yellow',
  'not-met': 'yellow',
  undecided: 'yellow',
  'not-applicable': 'dim',
  kept: 'green',
};

function findingsLine(counts: ReadonlyMap<Standing, number>): Line {
  const told = standings.toReversed().filter((standing) => (counts.get(standing) ?? 0) > 0);
  if (told.length === 0) return [{ text: 'no findings yet', style: 'dim' }];
  return [
    { text: 'findings' },
    ...told.map((standing) => ({
      text: `  ${counts.get(standing) ?? 0} ${standingWords[standing]}`,
      style: findingStyles[standing],
    })),
  ];
}

/** In whole seconds, so that a still screen stays still. */
const elapsed = (ms: number): string => duration(Math.floor(ms / 1000) * 1000).replace('.0 s', ' s');

/** One column stays empty: a terminal that has just filled its last one may already be on the next line. */
function painted(line: Line, { columns, colour }: Screen): string {
  let left = columns - 1;
  return line
    .map(({ text, style }) => {
      const shown = cut(text, left);
      left -= shown.length;
      return colour && style !== undefined && shown !== ''
        ? styleText(style, shown, { validateStream: false })
        : shown;
    })
    .join('');
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}${width > 0 ? '…' : ''}`;
