import { clearLine, clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { HistoryEvent } from '../harness/judge/events.ts';
import type { Finding } from '../harness/judge/findings.ts';
import { courseLines, progressLine } from './console.ts';
import { courseOf, coursesPlanned, procedureOf, type Course, type Told } from './drill.ts';
import { onOneLine } from './legible.ts';
import { frameOf } from './live-frame.ts';
import { standingOf, type Standing } from './standing.ts';

/** What can be watched while a drill goes on. Whoever opens it closes it. */
export interface LiveView {
  /** To be told every event of the history. */
  readonly happened: (event: HistoryEvent) => void;
  readonly judged: (finding: Finding) => void;
  /** A line that stays where what is repainted does not. */
  readonly say: (line: string) => void;
  readonly close: () => void;
}

export interface LiveOrder {
  /** Undefined before the run has begun. */
  readonly view: () => Told | undefined;
  readonly out: Terminal;
  /** Milliseconds on the run's clock. */
  readonly now: () => number;
  readonly colour: boolean;
}

/** A stream that may be a terminal. */
export type Terminal = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** On a terminal a picture of the drill that is painted over and over; anywhere else a line for whatever happens. */
export const openLiveView = (order: LiveOrder): LiveView =>
  order.out.isTTY === true ? repainted(order) : lineByLine(order);

/** Each step of a procedure where it is taken for the first time, and each course when it is over. */
function lineByLine({ view, out, colour }: LiveOrder): LiveView {
  const say = (line: string): void => void out.write(`${line}\n`);
  const courses = gathered(view, (course, findings) => say(courseLines(course, findings, colour)));
  const taken = new Set<string>();
  return {
    say: (line) => {
      courses.flush();
      say(line);
    },
    happened: (event) => {
      courses.flush();
      if (event.type !== 'step' || event.phase !== 'begun' || event.direction === 'back') return;
      const line = [procedureOf(event.case), event.step, event.sentence].map(onOneLine).join('  ');
      if (taken.has(line)) return;
      taken.add(line);
      say(`step  ${line}`);
    },
    judged: (finding) => {
      if (!courses.take(finding)) say(progressLine(finding, colour));
    },
    close: courses.flush,
  };
}

/** What a course came to is told of all its clauses at once: they are told together when anything else happens. */
function gathered(view: LiveOrder['view'], tell: (course: Course, findings: readonly Finding[]) => void) {
  let findings: Finding[] = [];
  const flush = (): void => {
    const told = view();
    const [first] = findings;
    if (first === undefined || told === undefined) return;
    const these = findings;
    findings = [];
    tell(courseOf(told, first.id, told.traffic.course(first.id)?.told()), these);
  };
  const take = (finding: Finding): boolean => {
    if (findings[0]?.id !== finding.id) flush();
    const told = view();
    const isOfCourse = told !== undefined && coursesPlanned(told).includes(finding.id);
    if (isOfCourse) findings.push(finding);
    return isOfCourse;
  };
  return { take, flush };
}

/** Often enough for eyes, rarely enough for a machine that has signers to run. */
const REPAINT_MS = 250;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

function repainted({ view, out, now, colour }: LiveOrder): LiveView {
  const counts = new Map<Standing, number>();
  let shown: readonly string[] = [];
  const size = () => ({ columns: out.columns ?? 80, rows: out.rows ?? 24 });

  /** To where the last frame began. A terminal made narrower meanwhile has broken its lines. */
  const goBack = (): void => {
    const { columns } = size();
    const rows = shown.map((line) => Math.ceil(Math.max(1, stripVTControlCharacters(line).length) / columns));
    moveCursor(out, 0, -rows.reduce((sum, each) => sum + each, 0));
    cursorTo(out, 0);
  };

  /** All in one write, line over line: what has not changed does not flicker. */
  const paint = (above: readonly string[] = []): void => {
    const told = view();
    const frame = told === undefined ? [] : frameOf(told, counts, now(), { ...size(), colour });
    if (above.length === 0 && frame.join('\n') === shown.join('\n')) return;
    out.cork();
    if (shown.length > 0) goBack();
    for (const line of [...above, ...frame]) {
      out.write(line);
      clearLine(out, 1);
      out.write('\n');
    }
    clearScreenDown(out);
    out.uncork();
    shown = frame;
  };

  const close = (): void => {
    clearInterval(timer);
    process.off('exit', close);
    out.cork();
    if (shown.length > 0) goBack();
    clearScreenDown(out);
    out.write(SHOW_CURSOR);
    out.uncork();
    shown = [];
  };

  out.write(HIDE_CURSOR);
  // An interruption may end the process wherever it stands; the terminal is the user's again.
  process.on('exit', close);
  const timer = setInterval(paint, REPAINT_MS).unref();

  const courses = gathered(view, (course, findings) => {
    if (findings.some(isWorthALine)) paint(lines(courseLines(course, findings, colour)));
  });
  return {
    happened: courses.flush,
    judged: (finding) => {
      const standing = standingOf(finding);
      counts.set(standing, (counts.get(standing) ?? 0) + 1);
      if (!courses.take(finding) && isWorthALine(finding)) paint(lines(progressLine(finding, colour)));
    },
    say: (line) => {
      courses.flush();
      paint(lines(line));
    },
    close: () => {
      courses.flush();
      close();
    },
  };
}

const isWorthALine = (finding: Finding): boolean => !['kept', 'not-applicable'].includes(standingOf(finding));

const lines = (text: string): string[] => text.split('\n');
