import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { startChild } from './child.ts';
import { openJournal, sweep } from './journal.ts';
import { birthOf } from './process-table.ts';

// A dozen Node processes take their time to start on a machine that is busy.
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

/** Owns a journal and some programs, and dies at the moment its first argument names. */
const OWNER = `
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '${fileURLToPath(new URL('child.ts', import.meta.url))}';
import { openJournal } from '${fileURLToPath(new URL('journal.ts', import.meta.url))}';

const [moment, seconds, outside] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
const kept = openJournal();
if (moment === 'opened') die();
writeFileSync(join(kept.workDirectory, 'secrets.json'), 'key', { mode: 0o600 });
kept.willMake(outside);
writeFileSync(outside, 'key');

const journal = {
  ...kept,
  spawned(name, pid) {
    if (moment === 'before-record') die();
    kept.spawned(name, pid);
    if (moment === 'after-record') die();
  },
};
console.log(kept.runId);
const family = \`
  echo up >> \${outside}.up
  setsid sleep \${seconds} &
  env -i sleep \${seconds} &
  (sleep \${seconds} & exec sleep \${seconds}) &
  echo up; exec sleep \${seconds}\`;
for (let count = 0; count < 6; count += 1) {
  await startChild({ name: 'family-' + count, command: 'sh', args: ['-c', family], cwd: kept.workDirectory, journal });
  if (moment === 'let-go') die();
}
console.log('all');
setInterval(() => {}, 1000);
`;

interface Owner {
  readonly variables: NodeJS.ProcessEnv;
  readonly seconds: string;
  readonly outside: string;
  readonly pid: number;
  readonly said: (word: string) => Promise<void>;
  readonly died: Promise<unknown>;
  readonly kill: () => void;
}

let owners = 0;

function own(moment: string): Owner {
  const folder = temporaryFolder();
  const program = join(folder, 'owner.ts');
  writeFileSync(program, OWNER);
  owners += 1;
  // A length of sleep that no other process has, so that the family can be found without trusting the journal.
  const seconds = `${4_000 + owners}.${process.pid}`;
  const outside = join(folder, 'outside');
  const variables = { ...process.env, KEYDRILL_STATE: join(folder, 'state') };
  const owner = spawn(process.execPath, [program, moment, seconds, outside], {
    env: variables,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  owner.stdout.on('data', (chunk) => (printed += chunk));
  const died = once(owner, 'exit');
  onTestFinished(async () => {
    owner.kill('SIGKILL');
    await died;
    for (const pid of running(seconds)) process.kill(pid, 'SIGKILL');
  });
  return {
    variables,
    seconds,
    outside,
    pid: owner.pid ?? 0,
    said: (word) => until(() => printed.includes(word)),
    died,
    kill: () => owner.kill('SIGKILL'),
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = monotonicMs() + 20_000;
  while (!holds()) {
    if (monotonicMs() > deadline) throw new Error('The awaited condition never came about');
    await pause(5);
  }
}

/** Looks at command lines, on purpose another way than the one the sweep goes; owners name the words as well. */
function running(words: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const line = readFileSync(`/proc/${Number(name)}/cmdline`, 'utf8');
      return line.includes(words) && !line.startsWith(process.execPath) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

const runsIn = ({ KEYDRILL_STATE }: NodeJS.ProcessEnv): string[] =>
  readdirSync(join(KEYDRILL_STATE ?? '', 'runs'));

async function sweptClean({ variables, seconds, outside }: Owner): Promise<void> {
  const swept = await sweep(variables);
  expect(swept.map(({ remaining }) => remaining)).toEqual([[]]);
  // One that was held at its gate may have seen its owner die and be on its way out by itself.
  await until(() => running(seconds).length === 0);
  expect(runsIn(variables)).toEqual([]);
  expect(existsSync(outside)).toBe(false);
}

test.for(['opened', 'before-record', 'after-record', 'let-go'])(
  'a sweep leaves nothing of an owner killed at the moment "%s"',
  async (moment) => {
    const owner = own(moment);
    await owner.died;
    expect(runsIn(owner.variables)).toHaveLength(1);

    await sweptClean(owner);
    await pause(100);
    expect(running(owner.seconds)).toEqual([]);
  },
);

test('a program whose owner died before recording it never starts, and goes by itself', async () => {
  const owner = own('before-record');
  await owner.died;
  await until(() => running(owner.seconds).length === 0);
  expect(existsSync(`${owner.outside}.up`)).toBe(false);
});

test('a sweep leaves nothing of owners killed at any moment of their start-up', async () => {
  await Promise.all(
    [0, 2, 5, 9, 14, 20, 27, 35].map(async (delay) => {
      const owner = own('never');
      await owner.said('-');
      await pause(delay);
      owner.kill();
      await owner.died;
      await sweptClean(owner);
    }),
  );
});

test('a sweep ends whole families, with those that left their group and those that dropped their mark', async () => {
  const owner = own('never');
  await owner.said('all');
  await until(() => running(owner.seconds).length === 6 * 5);
  owner.kill();
  await owner.died;
  expect(running(owner.seconds)).toHaveLength(6 * 5);

  const [swept] = await sweep(owner.variables);

  expect(existsSync(`${owner.outside}.up`)).toBe(true);
  expect(swept?.killed.length).toBeGreaterThanOrEqual(6 * 5);
  expect(running(owner.seconds)).toEqual([]);
  expect(runsIn(owner.variables)).toEqual([]);
  expect(existsSync(owner.outside)).toBe(false);
});

test('a sweep ends those that stand still as well', async () => {
  const owner = own('never');
  await owner.said('all');
  await until(() => running(owner.seconds).length === 6 * 5);
  for (const pid of running(owner.seconds)) process.kill(pid, 'SIGSTOP');
  owner.kill();
  await owner.died;
  await sweptClean(owner);
});

test('a sweep never touches the run of a living owner, even of one that stands still', async () => {
  const owner = own('never');
  await owner.said('all');
  await until(() => running(owner.seconds).length === 6 * 5);
  process.kill(owner.pid, 'SIGSTOP');

  expect(await sweep(owner.variables)).toEqual([]);

  expect(running(owner.seconds)).toHaveLength(6 * 5);
  expect(runsIn(owner.variables)).toHaveLength(1);
  expect(existsSync(owner.outside)).toBe(true);
});

test('a sweep reads past a last line that was only half written', async () => {
  const owner = own('never');
  await owner.said('all');
  owner.kill();
  await owner.died;
  const [runId = ''] = runsIn(owner.variables);
  appendFileSync(journalOf(owner.variables, runId), '{"spawned":"family-6","pi');

  await sweptClean(owner);
});

test('a sweep spares a process that was given the pid of a recorded one', async () => {
  const owner = own('opened');
  await owner.died;
  const [runId = ''] = runsIn(owner.variables);
  const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const pid = stranger.pid ?? 0;
  onTestFinished(() => void stranger.kill('SIGKILL'));
  appendFileSync(
    journalOf(owner.variables, runId),
    `${JSON.stringify({ spawned: 'replica', pid, birth: `${birthOf(pid)}1` })}\n`,
  );

  expect(await sweep(owner.variables)).toEqual([{ runId, killed: [], remaining: [] }]);

  expect(birthOf(pid)).toBeDefined();
  expect(stranger.exitCode).toBe(null);
});

test('a sweep spares a run whose owner it cannot see', async () => {
  const folder = temporaryFolder();
  const variables = { KEYDRILL_STATE: folder };
  const elsewhere = `1-${'0'.repeat(12)}-${'0'.repeat(12)}-${'0'.repeat(24)}`;
  mkdirSync(join(folder, 'runs', elsewhere, 'work'), { recursive: true });

  expect(await sweep(variables)).toEqual([]);
  expect(runsIn(variables)).toEqual([elsewhere]);
});

test('sweeps at the same time do not hurt each other', async () => {
  const owner = own('never');
  await owner.said('all');
  owner.kill();
  await owner.died;
  const [runId = ''] = runsIn(owner.variables);
  const work = join(owner.variables['KEYDRILL_STATE'] ?? '', 'runs', runId, 'work');
  for (let count = 0; count < 300; count += 1) {
    mkdirSync(join(work, `${count % 30}`), { recursive: true });
    writeFileSync(join(work, `${count % 30}`, `${count}`), 'key');
  }

  const sweeps = await Promise.all([1, 2, 3, 4].map(() => sweep(owner.variables)));

  expect(sweeps.flat().flatMap(({ remaining }) => remaining)).toEqual([]);
  expect(running(owner.seconds)).toEqual([]);
  expect(runsIn(owner.variables)).toEqual([]);
});

test('disposing of a journal undoes the run, and only this one', async () => {
  const variables = { KEYDRILL_STATE: temporaryFolder() };
  const other = openJournal(variables);
  const journal = openJournal(variables);
  const seconds = `4999.${process.pid}`;
  await startChild({ name: 'replica', command: 'sleep', args: [seconds], cwd: '/', journal });
  await until(() => running(seconds).length === 1);

  await journal[Symbol.asyncDispose]();
  await journal[Symbol.asyncDispose]();

  expect(running(seconds)).toEqual([]);
  expect(runsIn(variables)).toEqual([other.runId]);
  expect(() => journal.willMake('/nowhere')).toThrow(/is over/);
});

test('an undo in one breath kills the run and removes its files before it returns', async () => {
  const variables = { KEYDRILL_STATE: temporaryFolder() };
  const journal = openJournal(variables);
  const outside = join(temporaryFolder(), randomUUID());
  journal.willMake(outside);
  writeFileSync(outside, 'key');
  const child = await startChild({ name: 'replica', command: 'sleep', args: ['60'], cwd: '/', journal });

  journal.undoNow();

  expect(existsSync(outside)).toBe(false);
  expect(runsIn(variables)).toEqual([]);
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('an undo in one breath finishes one that has only begun', async () => {
  const variables = { KEYDRILL_STATE: temporaryFolder() };
  const journal = openJournal(variables);
  writeFileSync(join(journal.workDirectory, 'key'), 'key');

  const begun = journal[Symbol.asyncDispose]();
  journal.undoNow();

  expect(runsIn(variables)).toEqual([]);
  await begun;
});

test('what a run keeps can be read by its user alone', () => {
  const variables = { KEYDRILL_STATE: temporaryFolder() };
  const journal = openJournal(variables);
  expect(statSync(journal.workDirectory).mode & 0o777).toBe(0o700);
  expect(statSync(join(journal.workDirectory, '..')).mode & 0o777).toBe(0o700);
  expect(statSync(journalOf(variables, journal.runId)).mode & 0o777).toBe(0o600);
});

test('a path that could mean something else later is not recorded', () => {
  const journal = openJournal({ KEYDRILL_STATE: temporaryFolder() });
  expect(() => journal.willMake('keys')).toThrow('Cannot record keys for undoing; give its full path');
});

function journalOf({ KEYDRILL_STATE }: NodeJS.ProcessEnv, runId: string): string {
  return join(KEYDRILL_STATE ?? '', 'runs', runId, 'journal.jsonl');
}
