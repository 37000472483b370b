import { describe, expect, test } from 'vitest';
import { monotonicMs, pause } from './harness/clock.ts';
import {
  adapterFor,
  findingsIn,
  launcher,
  one,
  place,
  processesOf,
  recordIn,
  reports,
  type Place,
  type Running,
} from './keydrill.fixture.ts';

// However a run ends, nothing of it is left: neither a process nor a file with keys.

/** A case of a moment, and one that waits for two seconds, so that there is a time when a run is nearly over. */
const two = ['gate', '--only', 'unknown_client_rejected', '--only', 'replay/reopens', '--seed', '7'] as const;

/** What a run has printed in each part of its life. */
const parts = {
  'while the topology comes up': 'keydrill ',
  'once a topology is up': 'up    ',
  'near the end': 'pass  unknown_client_rejected',
} as const;

const inPart = async (part: keyof typeof parts, running: Running): Promise<void> =>
  running.prints(parts[part]);

const WITHIN_MS = 5000;

describe('a run that is interrupted', () => {
  const interruptions = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) =>
    (Object.keys(parts) as (keyof typeof parts)[]).map((part) => ({ signal, part })),
  );

  test.for(interruptions)('by $signal $part takes everything down and says so', async ({ signal, part }) => {
    await using here = await place();
    const running = here.start([...two, '--out', 'out']);
    await inPart(part, running);
    if (part !== 'while the topology comes up') expect(running.processes().length).toBeGreaterThan(3);
    const interrupted = monotonicMs();
    running.kill(signal);
    const ended = await running.ended;
    expect(monotonicMs() - interrupted).toBeLessThan(WITHIN_MS);

    expect(ended).toMatchObject({
      code: 130,
      signal: null,
      said: `keydrill: Interrupted by ${signal}\n`,
      left: [],
    });
    expect(here.runs()).toEqual([]);
    expect(await recordIn(here, 'out')).toMatchObject({ verdict: 'interrupted', exitCode: 130 });
    const findings = await findingsIn(here, 'out');
    expect(findings.totals.exitCode).toBe(130);
    expect((await here.files('out')).toSorted()).toEqual([...reports, 'history.jsonl'].toSorted());

    // Its history is whole as far as it goes, and by itself it only leaves in doubt.
    if (part !== 'near the end') return;
    const judged = await here.keydrill('judge', 'out', '--json');
    expect(judged).toMatchObject({ code: 4, said: '' });
    expect(JSON.parse(judged.out)).toEqual({ ...findings, totals: { ...findings.totals, exitCode: 4 } });
  });

  test('while it waits for a signer that is never ready ends at once', async () => {
    await using here = await place();
    const adapter = await adapterFor(
      here,
      'dreaming',
      `import { writeFileSync } from 'node:fs';
      writeFileSync(import.meta.dirname + '/asleep', '');
      setInterval(() => {}, 1000);`,
    );
    const running = here.start([...one, '--signer', adapter]);
    while (!(await here.files()).includes('asleep')) await pause(10);
    running.kill('SIGHUP');
    expect(await running.ended).toMatchObject({
      code: 130,
      said: 'keydrill: Interrupted by SIGHUP\n',
      left: [],
    });
    expect(await recordIn(here, 'out')).toMatchObject({ verdict: 'interrupted', exitCode: 130 });
  });

  test.for([1, 40, 100])('twice, %i ms apart, ends at once and leaves no half of a report', async (apart) => {
    await using here = await place();
    const running = here.start([...two, '--out', 'out']);
    await inPart('near the end', running);
    const interrupted = monotonicMs();
    running.kill('SIGINT');
    const again = setTimeout(() => running.kill('SIGINT'), apart);
    const ended = await running.ended;
    clearTimeout(again);
    expect(monotonicMs() - interrupted).toBeLessThan(WITHIN_MS);
    expect(ended).toMatchObject({ code: 130, signal: null, left: [] });
    expect(here.runs()).toEqual([]);
    const left = (await here.files('out')).filter((name) => name !== 'history.jsonl').toSorted();
    expect([[], reports]).toContainEqual(left);
  });
});

test.concurrent.for(Object.keys(parts) as (keyof typeof parts)[])(
  'a run that is killed %s is swept away by the next one, processes and all',
  async (part) => {
    await using here = await place();
    const killed = here.start([...two, '--out', 'killed']);
    await inPart(part, killed);
    killed.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(here.runs()).toHaveLength(1);
    // Signers may end by themselves once nobody reads what they print; their stores do not.
    if (part !== 'while the topology comes up') expect(killed.processes()).not.toEqual([]);

    const next = await here.keydrill(...one);
    expect(next).toMatchObject({ code: 0, said: '', left: [] });
    expect(next.out).toMatch(/^Cleared away what run \d+-\S+ had left behind: \d+ processes and its files\n/);
    expect(killed.processes()).toEqual([]);
    expect(here.runs()).toEqual([]);
  },
);

test.concurrent('a run leaves alone what lives beside it', async () => {
  await using here = await place();
  const long = here.start([...two, '--out', 'long']);
  await inPart('once a topology is up', long);
  const short = await here.keydrill(...one);
  expect(short).toMatchObject({ code: 0, said: '', left: [] });
  expect(short.out).not.toContain('Cleared away');
  expect(await long.ended).toMatchObject({ code: 0, said: '', left: [] });
  expect(here.runs()).toEqual([]);
});

/** The launcher in a pipe of which only the first line is read; its pid and its exit code go to files. */
const inPipe = (redirection: string): readonly [string, ...string[]] => [
  'sh',
  '-c',
  `{ sh -c 'echo $$ > pid; exec "$0" "$@"' "$0" "$@" ${redirection}; echo $? > code; } | head -n 1`,
  launcher,
];

async function expectWholeRun(here: Place, redirection: string, words: readonly string[], code: number) {
  const { out } = await here.start(words, { by: inPipe(redirection) }).ended;
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  expect(Number(await here.read('code'))).toBe(code);
  expect(processesOf(Number(await here.read('pid')))).toEqual([]);
  expect(here.runs()).toEqual([]);
  expect((await here.files('out')).toSorted()).toEqual([...reports, 'history.jsonl'].toSorted());
}

describe.concurrent('a reader that stops reading', () => {
  test('of the output ends nothing early', async () => {
    await using here = await place();
    await expectWholeRun(here, '', one, 0);
  });

  test('of the output and the complaints neither', async () => {
    await using here = await place();
    const signer = await here.write('signer.json', '{"name": "none", "start": {"command": ["./none"]}}');
    await expectWholeRun(here, '2>&1', [...one, '--signer', signer], 3);
  });
});
