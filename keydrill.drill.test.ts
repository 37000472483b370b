import { readFile, writeFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Edit } from './environments/signers/defective/defect.ts';
import { plant } from './environments/signers/defective/plant.ts';
import { pause } from './harness/clock.ts';
import type { Finding } from './harness/judge/findings.ts';
import {
  bare,
  checkout,
  expectComplaint,
  expectNoResult,
  findingsIn,
  inTerminal,
  one,
  place,
  processesOf,
  recordIn,
  reports,
  type Place,
} from './keydrill.fixture.ts';
import { FakeTerminal } from './reports/live.fixture.ts';

// The drill as an operator holds it. Each run walks one or two courses of more than fifty.

const CARRIED_OUT = 'hmac-secret-rotation.to-the-end';
const ABANDONED = 'hmac-secret-rotation.back-at-once-half-of-allow-next';
const EMERGENCY = 'emergency-removal.to-the-end';

const drill = (...courses: string[]): string[] => [
  'drill',
  ...courses.flatMap((course) => ['--only', course]),
  '--seed',
  '7',
  '--out',
  'out',
];

const restarted = `${checkout}/environments/signers/reference/restart.ts`;
const everything = [...reports, 'history.jsonl'].toSorted();

const findingsOf = async (here: Place, course: string): Promise<Finding[]> =>
  (await findingsIn(here, 'out')).findings.filter(({ id }) => id === course);

const outcomesOf = async (here: Place, course: string): Promise<Set<string>> =>
  new Set((await findingsOf(here, course)).map(({ outcome }) => outcome));

describe('a drill', () => {
  test('is told in plain lines, recorded with who held it and why, and judged the same again', async () => {
    await using here = await place();
    const reason = 'quarterly & <b>rehearsed</b>';
    const ended = await here.keydrill(...drill(ABANDONED), '--operator', 'Ada L.', '--reason', reason);
    expect(ended).toMatchObject({ code: 0, said: '', left: [] });
    expect(stripVTControlCharacters(ended.out)).toBe(ended.out);
    expect(ended.out).toMatch(/^keydrill \S+ · seed 7 · reference signer · process · 1 course\nup +secrets /);
    expect(ended.out).toMatch(/\nstep +hmac-secret-rotation\S* +allow-next +\S/);
    expect(ended.out).toContain(`\npass  ${ABANDONED} `);

    expect((await here.files('out')).toSorted()).toEqual(everything);
    expect(await recordIn(here, 'out')).toMatchObject({ operator: 'Ada L.', reason, verdict: 'green' });
    const page = await here.read('out/report.html');
    const shown = ['Ada L.', 'quarterly &#38; &#60;b&#62;rehearsed'];
    expect(shown.filter((text) => !page.includes(text))).toEqual([]);

    const judged = await here.keydrill('judge', 'out', '--json');
    expect(judged).toMatchObject({ code: 0, said: '' });
    expect(JSON.parse(judged.out)).toEqual(await findingsIn(here, 'out'));
  });

  test('of a signer that is restarted behind a draining balancer costs no request', async () => {
    await using here = await place();
    const ended = await here.keydrill(...drill(CARRIED_OUT), '--signer', bare);
    expect(ended).toMatchObject({ code: 0, said: '', left: [] });
    const served = (await findingsOf(here, CARRIED_OUT)).find(
      ({ clause }) => clause === 'rotation/no-downtime',
    );
    expect(served?.actual).toMatch(/^(\d+) of \1 served/);
    expect(await here.read('out/history.jsonl')).toContain('"type":"window"');
  });
});

describe.concurrent('what a drill is asked for', () => {
  const mistakes: readonly (readonly [words: readonly string[], tells: readonly string[]])[] = [
    [
      ['--only', 'hmac-secret-rotation.to-the-ennd'],
      ['"hmac-secret-rotation.to-the-end"?', 'list courses'],
    ],
    [['--only', 'emergncy'], ['"emergency"?']],
    [
      ['--operator', ' '],
      ['--operator', 'a few words'],
    ],
    [
      ['--reason', ''],
      ['--reason', 'a few words'],
    ],
    [['--operater', 'Ada'], ['--operator?']],
  ];

  test.for(mistakes)('and does not exist is refused: %j', async ([words, tells]) => {
    await using here = await place();
    const ended = await here.keydrill('drill', ...words);
    expectComplaint(ended, 2, tells);
    await expectNoResult(ended, here);
  });

  test('and by whom and why may be a variable that nobody has set', async () => {
    await using here = await place();
    const env = { KEYDRILL_OPERATOR: '', KEYDRILL_REASON: '' };
    expectComplaint(await here.keydrillWith({ env }, 'drill', '--only', 'emergncy'), 2, ['"emergency"?']);
  });

  test('may be a course, a procedure, a tag, a clause, or a finding of its own', async () => {
    await using here = await place();
    const { out } = await here.keydrill('list', 'courses', '--json');
    const { courses } = z
      .object({
        courses: z.array(z.object({ id: z.string(), procedure: z.string(), tags: z.array(z.string()) })),
      })
      .parse(JSON.parse(out));
    // What is broken in the midst of a course is broken only where that is asked for.
    const [whole, troubled] = [courses.filter((each) => !isTroubled(each)), courses.filter(isTroubled)];
    const named = (name: string): number =>
      whole.filter(({ id, procedure, tags }) => [id, procedure, ...tags].includes(name)).length;
    const asked: readonly (readonly [name: string, many: number])[] = [
      [EMERGENCY, 1],
      ['hmac-secret-rotation', named('hmac-secret-rotation')],
      ['twice', named('twice')],
      ['rollback/restores', whole.filter(({ id }) => !id.endsWith('.to-the-end')).length],
      ['traffic-kept-its-schedule', whole.length],
      ['chaos', troubled.length],
    ];
    expect(new Set(asked.map(([, many]) => many)).size).toBe(asked.length);
    await Promise.all(
      asked.map(async ([name, many]) => {
        const running = here.start(['drill', '--only', name, '--out', name.replace('/', '-')]);
        await running.prints(` · ${many} course`);
        running.kill('SIGTERM');
        expect(await running.ended).toMatchObject({ code: 130, left: [] });
      }),
    );
  });
});

const isTroubled = ({ tags }: { readonly tags: readonly string[] }): boolean => tags.includes('chaos');

describe('a drill on a terminal', () => {
  const env = { TERM: 'xterm-256color' };

  test('is followed on one screen, and what came of it stays there', async () => {
    await using here = await place();
    const { code, out } = await here.start(drill(ABANDONED), { by: inTerminal(80), env }).ended;
    expect(code).toBe(0);
    const watched = moments(out, 80).filter(({ cursorShown }) => !cursorShown);
    const pictures = watched.map(({ screen }) => screen.filter((line) => line.startsWith('course 1 of 1')));
    expect(new Set(pictures.map(({ length }) => length))).toEqual(new Set([0, 1]));
    const changing = watched.find(({ screen }) => screen.some((line) => /^▸ replica-\d /.test(line)));
    expect(changing?.screen.join('\n')).toMatch(/ (step|back) .*\n[^]*honest clients +0 +\d+ +\d/);

    const { cursorShown, screen } = terminalAfter(out, 80);
    expect(cursorShown).toBe(true);
    expect(screen.join('\n')).toContain('Results are in out');
    expect(screen.join('\n')).not.toContain('course 1 of 1');
  });

  test('ends by Ctrl-C in the middle of a roll with the cursor back and nothing left', async () => {
    await using here = await place();
    const running = here.start([...drill(CARRIED_OUT), '--signer', restarted], { by: inTerminal(60), env });
    await running.prints('▸ replica');
    running.kill('SIGINT');
    const { code, out } = await running.ended;
    expect(code).toBe(130);
    expect(out).toContain('keydrill: Interrupted by SIGINT');
    expect(terminalAfter(out, 60).cursorShown).toBe(true);
    const [, painted = ''] = out.split(`${ESCAPE}[?25`);
    const widths = stripVTControlCharacters(painted)
      .split('\r\n')
      .map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThan(60);
    expect(processesOf(Number(await here.read('pid')))).toEqual([]);
    expect(here.runs()).toEqual([]);
    await expectInterrupted(here);
  });
});

const ESCAPE = '\u001B';

function terminalAfter(out: string, columns: number): FakeTerminal {
  const terminal = new FakeTerminal({ columns, rows: 24 });
  terminal.write(out);
  return terminal;
}

/** The terminal before each time that the cursor goes up to paint over what was there, and at the end. */
function moments(out: string, columns: number): FakeTerminal[] {
  const parts = out.split(new RegExp(String.raw`(?=${ESCAPE}\[\d+A)`));
  return parts.map((_, index) => terminalAfter(parts.slice(0, index + 1).join(''), columns));
}

/** The reports are there, and blame nobody for what the interruption cut off. */
async function expectInterrupted(here: Place): Promise<void> {
  expect((await here.files('out')).toSorted()).toEqual(everything);
  expect(await recordIn(here, 'out')).toMatchObject({ verdict: 'interrupted', exitCode: 130 });
  expect(await outcomesOf(here, CARRIED_OUT)).not.toContain('fail');
}

async function recorded(here: Place, text: string): Promise<void> {
  while (!(await here.read('out/history.jsonl')).includes(text)) await pause(10);
}

describe('a drill that is cut short', () => {
  test('while it waits for a change to be in force, takes everything down', async () => {
    await using here = await place();
    const running = here.start(drill(CARRIED_OUT));
    await running.prints('up ');
    await recorded(here, '"type":"wait"');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({
      code: 130,
      said: 'keydrill: Interrupted by SIGTERM\n',
      left: [],
    });
    await expectInterrupted(here);
  });

  test('by kill -9 in the middle of a roll, is swept away by the next run', async () => {
    await using here = await place();
    const killed = here.start([...drill(CARRIED_OUT), '--signer', restarted]);
    await killed.prints('step ');
    killed.kill('SIGKILL');
    await killed.ended;
    const next = await here.keydrill(...one.slice(0, -1), 'next');
    expect(next).toMatchObject({ code: 0, said: '', left: [] });
    expect(next.out).toMatch(/^Cleared away what run \d+-\S+ had left behind: \d+ processes and its files\n/);
    expect(killed.processes()).toEqual([]);
    expect(here.runs()).toEqual([]);
  });
});

/** The first of its processes that hears of a second change comes to this. */
const atTheSecondChange = (then: string): Edit => ({
  file: 'server.ts',
  correct: 'this.#config = next;',
  wrong: `const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const lost = import.meta.dirname + '/lost';
  if (Object.isFrozen(this.#config) && !existsSync(lost)) {
    writeFileSync(lost, '');
    ${then}
  }
  this.#config = Object.freeze(next);`,
});
const staysDown: Edit = {
  file: 'signer.ts',
  correct: 'start(configFile());',
  wrong: `const { existsSync } = process.getBuiltinModule('node:fs');
if (existsSync(import.meta.dirname + '/lost')) fail('The lock of the process before is there');
start(configFile());`,
};

describe('a signer that does not survive a rotation', () => {
  test.for([
    ['dies', 'process.exit(1);', {}, /exited with code 1/],
    [
      'hangs',
      'for (;;);',
      { bounds: { answersWithinMs: 500, appliesWithinMs: 1000, startsWithinMs: 2500 } },
      /not ready within 2500 ms/,
    ],
  ] as const)(
    'since it %s: it is started anew, and the next course is walked',
    async ([, then, says, how]) => {
      await using here = await place();
      const signer = await wronged(here, [atTheSecondChange(then)], says);
      const ended = await here.keydrill(...drill(ABANDONED, EMERGENCY), '--signer', signer);
      expect(ended).toMatchObject({ code: 1, said: '', left: [] });
      expect(await findingsOf(here, ABANDONED)).toContainEqual(
        expect.objectContaining({
          clause: 'rotation/every-change',
          outcome: 'fail',
          reason: expect.stringMatching(how) as string,
          replica: expect.stringMatching(/^replica-[12]$/) as string,
        }),
      );
      expect(await findingsOf(here, ABANDONED)).toContainEqual(
        expect.objectContaining({ clause: 'rotation/no-downtime', outcome: 'fail' }),
      );
      expect((await here.read('out/report.html')).includes('started-anew')).toBe(true);
      expect(await outcomesOf(here, EMERGENCY)).toEqual(new Set(['pass']));
    },
  );

  test('and cannot be started anew leaves the courses after it in doubt', async () => {
    await using here = await place();
    const signer = await wronged(here, [atTheSecondChange('process.exit(1);'), staysDown]);
    const ended = await here.keydrill(...drill(ABANDONED, EMERGENCY), '--signer', signer);
    expect(ended).toMatchObject({ code: 1, said: '', left: [] });
    expect(await outcomesOf(here, ABANDONED)).toContain('fail');
    const after = await findingsOf(here, EMERGENCY);
    expect(after.length).toBeGreaterThan(3);
    for (const { outcome, reason } of after) {
      expect(outcome).toBe('inconclusive');
      expect(reason).toMatch(`could not be started anew after ${ABANDONED}`);
      expect(reason).toContain('The lock of the process before is there');
    }
  });
});

test('a signer that holds one secret for each client is told what that means, and the rest is walked', async () => {
  await using here = await place();
  const holdsOne: Edit = {
    file: 'server.ts',
    correct: 'this.#config = next;',
    wrong: `const clients = new Map([...next.clients].map(([id, { hmacSecrets }]) => [id, { id, hmacSecrets: hmacSecrets.slice(-1) }]));
    this.#config = { ...next, clients };`,
  };
  const signer = await wronged(here, [holdsOne], { secretsPerClient: 1 });
  const ended = await here.keydrill(...drill(ABANDONED, EMERGENCY), '--signer', signer);
  expect(ended).toMatchObject({ code: 1, said: '', left: [] });
  expect(await findingsOf(here, ABANDONED)).toContainEqual(
    expect.objectContaining({
      clause: 'rotation/overlap',
      outcome: 'fail',
      reason: expect.stringContaining('a rotation costs downtime') as string,
    }),
  );
  expect(await outcomesOf(here, EMERGENCY)).toEqual(new Set(['pass']));
});

/** The reference signer, wronged like this, under an adapter that says so much besides. */
async function wronged(here: Place, edits: readonly Edit[], says: object = {}): Promise<string> {
  const adapter = await plant({ id: 'a-wrong', edits }, here.at('here/signer'));
  const usual = JSON.parse(await readFile(adapter, 'utf8')) as object;
  await writeFile(adapter, JSON.stringify({ ...usual, ...says }));
  return adapter;
}
