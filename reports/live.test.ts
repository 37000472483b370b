import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { madeUpDrill, MadeUpRun, secretRotation, watchedAt } from './drill.fixture.ts';
import type { Told } from './drill.ts';
import { FakeTerminal } from './live.fixture.ts';
import { openLiveView, type LiveView } from './live.ts';
import { finding } from './results.fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const broken = finding('hmac-secret', 'rotation/removed-secret', {
  outcome: 'fail',
  reason: 'Let in too long',
});

/** A terminal on which a made-up run is watched, and the hand that moves its clock. */
function watching(
  run: MadeUpRun,
  { columns = 80, rows = 24, colour = false } = {},
): { terminal: FakeTerminal; live: LiveView; at: (moment: number) => string[] } {
  const terminal = new FakeTerminal({ columns, rows });
  let moment = 0;
  let told: Told | undefined;
  const live = openLiveView({ view: () => told, out: terminal, now: () => moment, colour });
  const at = (then: number): string[] => {
    moment = then;
    told = watchedAt(run, then);
    vi.advanceTimersByTime(1000);
    return terminal.screen;
  };
  return { terminal, live, at };
}

test('the screen shows the step in hand, which replica holds what, and what became of the traffic', () => {
  const { at, live } = watching(madeUpDrill({ 'hmac-secret': 'accepted' }));
  live.judged(finding('another', 'replay/shared'));
  expect(at(5600)).toEqual([
    'course 1 of 22 · 5 s',
    '',
    'hmac-secret  5 s',
    '  step 3 remove-current  Remove the current secret from every replica.',
    '  replica-1  client alpha next',
    '▸ replica-2  client alpha current+next or next  (being changed)',
    '  honest clients: 0 not served, longest gap 38 ms',
    '  credential        wrong   let in  refused  unknown',
    '✗ old secret            6      219       87        0  6 wrongly let in',
    '  secret in use         0      702        0        0',
    '  rogue secret          0        0      234        0',
    '  spent nonce           0        0      234        0',
    '  no certificate        0        0      156        9',
    'findings  1 passed',
    '',
  ]);
  live.close();
});

test('a replica that was lost is on the screen', () => {
  const run = madeUpDrill();
  const lost = { type: 'casualty', topology: 'secrets', replica: 'replica-2', evidence: 'it hung' } as const;
  run.events.push({ ...lost, at: 2000, case: 'hmac-secret' });
  const { at, live } = watching(run);
  expect(at(2100)).toContain('✗ replica-2: it hung');
  live.close();
});

test('a fault is on the screen, with how far it has got, until it is healed', () => {
  const run = new MadeUpRun();
  run.course(secretRotation, { steps: 1, fault: 'witnessed' });
  const { at, live } = watching(run);
  const shown = [1520, 1800, 2030, 2100].map((moment) => at(moment).find((line) => line.includes('fault:')));
  expect(shown).toEqual([
    '  fault: store-unreachable, not yet witnessed',
    '  fault: store-unreachable, in force',
    '  fault: store-unreachable, healing',
    undefined,
  ]);
  live.close();
});

test('a frame takes the place of the one before, also of one that was longer', () => {
  const { at, live } = watching(madeUpDrill());
  const early = at(300);
  expect(early).toContain('  before the first step');
  at(5600);
  expect(at(300)).toEqual(early);
  live.close();
});

test('a screen on which nothing changes is not written to', () => {
  const { at, live, terminal } = watching(madeUpDrill());
  at(300);
  const { raw } = terminal;
  at(400);
  expect(terminal.raw).toBe(raw);
  live.close();
});

test.each([20, 40, 60, 80, 200])(
  'no line is wider than %i columns, nor are there more than fit',
  (columns) => {
    const rows = 12;
    const { at, live } = watching(madeUpDrill({ 'hmac-secret': 'accepted' }), { columns, rows });
    const screen = at(5600);
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThan(columns);
    expect(screen.length).toBeLessThanOrEqual(rows);
    expect(screen[0]).toContain('course 1 of 22'.slice(0, columns - 2));
    expect(screen.join('\n')).toMatch(/✗ old se.*6/);
    expect(at(5700)).toEqual(screen);
    live.close();
  },
);

test('a finding that is no pass stays above the picture, and is counted in it', () => {
  const { at, live, terminal } = watching(madeUpDrill());
  at(300);
  live.judged(broken);
  live.say('up    secrets in 900 ms');
  const { screen } = terminal;
  expect(screen[0]).toMatch(/^FAIL {2}hmac-secret {2}0 of 1 clause kept {2}/);
  const places = [
    'rotation/removed-secret',
    'Let in too long',
    'up    secrets',
    'course 1 of 22',
    'findings  1 failed',
  ].map((part) => screen.findIndex((line) => line.includes(part)));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(screen.filter((line) => line.startsWith('course'))).toHaveLength(1);
  live.close();
});

test('what is wrong is red where colour is allowed, and no colour is used where it is not', () => {
  const run = madeUpDrill({ 'hmac-secret': 'accepted' });
  const coloured = watching(run, { colour: true });
  coloured.at(5600);
  coloured.live.close();
  expect(coloured.terminal.raw).toContain('\u001B[31m\u001B[1m✗ old secret');
  const plain = watching(run);
  plain.at(5600);
  plain.live.close();
  expect(plain.terminal.raw).not.toMatch(/\p{Cc}\[\d+m/u);
  expect(stripVTControlCharacters(coloured.terminal.raw)).toBe(stripVTControlCharacters(plain.terminal.raw));
});

test('when it is closed the picture is gone, what was said stays and the cursor is back', () => {
  const { at, live, terminal } = watching(madeUpDrill());
  at(300);
  expect(terminal.cursorShown).toBe(false);
  live.say('up    secrets in 900 ms');
  live.close();
  expect(terminal.screen).toEqual(['up    secrets in 900 ms', '']);
  expect(terminal.cursorShown).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('where the process ends under it, the cursor is given back', () => {
  const program = `
import { openLiveView } from ${JSON.stringify(new URL('live.ts', import.meta.url).href)};
Object.defineProperty(process.stdout, 'isTTY', { value: true });
openLiveView({ view: () => undefined, out: process.stdout, now: () => 0, colour: false });
process.exit(130);`;
  const { stdout: written, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(status).toBe(130);
  expect(written.startsWith('\u001B[?25l')).toBe(true);
  expect(written.endsWith('\u001B[?25h')).toBe(true);
});

test('a course that waits says for what, and says no more of it when it goes on', () => {
  const run = madeUpDrill();
  const why = 'a change may take this long';
  run.events.push({ type: 'wait', at: 200, case: 'hmac-secret', attempt: 1, ms: 300, why });
  const { at, live } = watching(run);
  expect(at(300)).toContain(`  before the first step, waiting: ${why}`);
  expect(at(501)).toContain('  before the first step');
  live.close();
});

test('where there is no room for everything the picture says so', () => {
  const { at, live } = watching(madeUpDrill(), { rows: 12 });
  const screen = at(5600);
  expect(screen.filter((line) => line !== '')).toHaveLength(10);
  expect(screen).toContain('  and 4 more lines');
  live.close();
});

test('without a terminal each step of a procedure and each course is a line, and no line is ever taken back', () => {
  const out = new PassThrough({ encoding: 'utf8' });
  const run = madeUpDrill();
  const live = openLiveView({ view: () => run, out, now: () => 0, colour: false });
  const eventsOf = (id: string) => run.events.filter((event) => 'case' in event && event.case === id);
  const back = 'hmac-secret.back-at-once-after-sign-with-next';
  for (const event of eventsOf('hmac-secret.back-at-once-after-allow-next')) live.happened(event);
  for (const clause of ['rotation/no-downtime', 'rotation/removed-secret'])
    live.judged(finding('hmac-secret.back-at-once-after-allow-next', clause));
  for (const event of eventsOf(back)) live.happened(event);
  live.judged(finding(back, 'rotation/no-downtime'));
  live.judged({ ...broken, id: back });
  live.judged(finding('no-residue', 'residue/processes'));
  live.close();
  vi.advanceTimersByTime(1000);
  expect((out.read() as string).split('\n')).toEqual([
    'step  hmac-secret  allow-next  Allow the next secret beside the current one, one replica at a time.',
    'pass  hmac-secret.back-at-once-after-allow-next  2 clauses kept  5.9 s  0 of 530 honest requests not served, longest gap 38 ms  removed, still let in for 234 ms (500 ms allowed)',
    'step  hmac-secret  sign-with-next  Clients sign with the next secret.',
    'FAIL  hmac-secret.back-at-once-after-sign-with-next  1 of 2 clauses kept  7.1 s  0 of 638 honest requests not served, longest gap 38 ms  removed, still let in for 234 ms (500 ms allowed)',
    'FAIL  hmac-secret.back-at-once-after-sign-with-next  rotation/removed-secret  12 ms',
    '      reason    Let in too long',
    '      reproduce npx keydrill gate --signer ./signer.yaml --only hmac-secret --seed 7',
    'pass  no-residue  residue/processes  12 ms',
    '',
  ]);
});
