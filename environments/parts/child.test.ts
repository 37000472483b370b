import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { EnvironmentError } from '../../harness/errors.ts';
import { type Child, type ChildPlan, startChild } from './child.ts';
import { type Journal, openJournal } from './journal.ts';
import { birthOf, readProcessTable } from './process-table.ts';
import { untilReady } from './until-ready.ts';

let home: string;
let journal: Journal;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await journal[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const start = (plan: Partial<ChildPlan>): Promise<Child> =>
  startChild({ name: 'signer-1', command: 'sh', args: [], cwd: home, journal, ...plan });
const shell = (script: string, plan: Partial<ChildPlan> = {}): Promise<Child> =>
  start({ args: ['-c', script], ...plan });

async function until(holds: () => boolean): Promise<void> {
  const deadline = monotonicMs() + 3_000;
  while (!holds()) {
    if (monotonicMs() > deadline) throw new Error('The awaited condition never came about');
    await pause(5);
  }
}

const groupOf = (leader: number): number[] =>
  [...readProcessTable().values()].flatMap(({ pid, group, ended }) =>
    group === leader && !ended ? [pid] : [],
  );

/** Stopped, or waiting in the kernel for a new child that was stopped before it became a program. */
const standsStill = (leader: number): boolean =>
  groupOf(leader).every((pid) => {
    try {
      return /^[TD]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '');
    } catch {
      return false;
    }
  });

test('a program sees what it was given and the little that is passed on, and nothing else', async () => {
  for (const name of ['NODE_ENV', 'VITEST', 'TEST', 'NODE_OPTIONS', 'npm_config_x', 'EDITOR', 'PWD']) {
    vi.stubEnv(name, 'leaked');
  }
  vi.stubEnv('LC_TIME', 'C');
  vi.stubEnv('LANG', 'C');
  vi.stubEnv('TMPDIR', home);
  const child = await start({ command: 'env', env: { SIGNER_SECRETS: 'a=b\n"$HOME" c', EMPTY: '' } });

  await child.exited;

  const seen = child.output.text();
  expect(seen).toContain('SIGNER_SECRETS=a=b\n"$HOME" c\n');
  const names = [...seen.matchAll(/^([A-Za-z_]\w*)=/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== '_');
  expect(new Set(names)).toEqual(
    new Set(['EMPTY', 'HOME', 'KEYDRILL_RUN', 'LANG', 'LC_TIME', 'PATH', 'SIGNER_SECRETS', 'TMPDIR']),
  );
});

test('arguments arrive as they were given', async () => {
  const args = ['', 'a b', '$HOME', '"', "'", '-n', 'ü\n', '*'];
  const child = await start({
    command: process.execPath,
    args: ['-p', 'JSON.stringify(process.argv.slice(1))', '--', ...args],
  });
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(child.output.text())).toEqual(args);
});

test('a program holds no end of the gate it waited at', async () => {
  const child = await shell('[ -e /dev/fd/3 ] && echo open || echo shut');
  await child.exited;
  expect(child.output.text()).toBe('shut\n');
});

test('output of both streams is kept and copied to a file that only we can read', async () => {
  const logFile = join(home, 'signer.log');
  const child = await shell('echo out; sleep 0.1; echo err >&2; printf unfinished', { logFile });
  await child.exited;
  expect(child.output.text()).toBe('out\nerr\nunfinished');
  expect(child.output.tail(2)).toEqual(['err', 'unfinished']);
  await until(() => readFileSync(logFile, 'utf8') === 'out\nerr\nunfinished');
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test('how a program ended is told, by code or by signal', async () => {
  expect(await (await shell('exit 7')).exited).toEqual({ code: 7, signal: null });
  const child = await shell('exec sleep 60');
  child.signal('SIGKILL');
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  child.signal('SIGHUP');
});

test('a program that can end in order is given the time to', async () => {
  const child = await shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done');
  await until(() => child.output.text().includes('up'));
  expect(await child.stop()).toEqual({ code: 0, signal: null });
  expect(child.output.text()).toContain('bye');
});

test('a stopped program ends too, and in order', async () => {
  const child = await shell('trap "exit 5" TERM; echo up; while :; do sleep 0.02; done');
  await until(() => child.output.text().includes('up'));
  child.signal('SIGSTOP');
  await until(() => standsStill(child.pid));
  expect(await child.stop()).toEqual({ code: 5, signal: null });
  await until(() => groupOf(child.pid).length === 0);
});

test('a program that ignores SIGTERM is killed in the end with its group, even while it stands still', async () => {
  const child = await shell('trap "" TERM; sleep 60 & echo up; while :; do sleep 1; done');
  await until(() => child.output.text().includes('up'));
  const stopping = child.stop();
  child.signal('SIGSTOP');
  expect(await stopping).toEqual({ code: null, signal: 'SIGKILL' });
  await until(() => groupOf(child.pid).length === 0);
});

test('what a program leaves in its group goes when the program does', async () => {
  const child = await shell('sleep 60 & echo up');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  await until(() => groupOf(child.pid).length === 0);
});

test('SIGSTOP stops the whole group and SIGCONT lets it go on, other signals reach the program alone', async () => {
  const child = await shell('sleep 60 & trap "echo reloaded" HUP; echo $!; while :; do sleep 0.02; done');
  await until(() => child.output.text().includes('\n'));
  const companion = Number(child.output.text());
  child.signal('SIGSTOP');
  await until(() => standsStill(child.pid));
  expect(groupOf(child.pid)).toContain(companion);
  child.signal('SIGCONT');
  await until(() => !standsStill(child.pid));
  child.signal('SIGHUP');
  await until(() => child.output.text().includes('reloaded'));
  expect(groupOf(child.pid)).toContain(companion);
});

test('disposing of a child stops it', async () => {
  let pid = 0;
  {
    await using child = await shell('exec sleep 60');
    pid = child.pid;
    expect(birthOf(pid)).toBeDefined();
  }
  expect(birthOf(pid)).toBeUndefined();
});

test('a pipe that a runaway holds open does not keep an exit from being told', async () => {
  const child = await shell(
    'setsid sh -c "echo away; touch away; exec sleep 60" & until [ -e away ]; do sleep 0.01; done',
  );
  const before = monotonicMs();
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(monotonicMs() - before).toBeLessThan(3_000);
  expect(child.output.text()).toBe('away\n');
});

const unstartable: Record<string, { plan: Partial<ChildPlan>; says: string }> = {
  'is not on the PATH': {
    plan: { command: 'no-such-signer' },
    says: 'Cannot start signer-1: no-such-signer is not on the PATH; install it or give its full path',
  },
  'has a remedy of its own': {
    plan: { command: 'no-such-signer', remedy: 'pip install signer' },
    says: 'Cannot start signer-1: no-such-signer is not on the PATH; pip install signer',
  },
  'does not exist': { plan: { command: './signer' }, says: '/signer is not a file; correct the path' },
  'is not executable': { plan: { command: './plain' }, says: '/plain is not executable; run chmod +x on it' },
  'should run in a folder that is not there': {
    plan: { command: '/bin/sh', cwd: '/no/such/folder' },
    says: 'Cannot start signer-1 in /no/such/folder; check that the folder exists',
  },
  'should get a variable that a shell cannot hold': {
    plan: { env: { 'signer.secret': 'x' } },
    says: 'Cannot set variable signer.secret for signer-1; use letters, digits and underscores',
  },
};

test.for(Object.entries(unstartable))(
  'a program that %s is refused with the remedy',
  async ([, { plan, says }]) => {
    writeFileSync(join(home, 'plain'), '');
    const refused = start(plan);
    await expect(refused).rejects.toThrow(EnvironmentError);
    await expect(refused).rejects.toThrow(says);
  },
);

test('a program that cannot be recorded is not started', async () => {
  const broken = {
    ...journal,
    spawned: () => {
      throw new EnvironmentError('No room');
    },
  };
  await expect(shell(`echo up > ${join(home, 'up')}`, { journal: broken })).rejects.toThrow('No room');
  await pause(50);
  expect(() => statSync(join(home, 'up'))).toThrow('ENOENT');
});

test('a folder on the PATH that may not be entered, or is none, is passed over', async () => {
  const locked = join(home, 'locked');
  writeFileSync(join(home, 'file'), '');
  mkdirSync(locked, { mode: 0o000 });
  const child = await shell('exit 0', {
    env: { PATH: [locked, join(home, 'file'), process.env['PATH']].join(':') },
  });
  chmodSync(locked, 0o700);
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

test('nothing starts once the run is aborted', async () => {
  await expect(shell('exit 0', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
});

const never = async (): Promise<boolean> => false;
const broken = (): Promise<boolean> => Promise.reject(new TypeError('broken probe'));
const redact = (text: string): string => text.replaceAll('hunter2', '[secret]');

test('waiting ends when the probe says yes', async () => {
  const child = await shell('sleep 0.05; echo listening; exec sleep 60');
  await untilReady(child, async () => child.output.text().includes('listening'), {
    deadlineMs: 3_000,
    redact,
  });
  expect(child.output.text()).toBe('listening\n');
});

test('a program that dies at once is named with its code and its last words, redacted', async () => {
  const child = await shell('echo one; echo "bad secret hunter2" >&2; exit 3');
  const waiting = untilReady(child, () => new Promise<boolean>(() => {}), { deadlineMs: 3_000, redact });
  await expect(waiting).rejects.toThrow(EnvironmentError);
  await expect(waiting).rejects.toThrow(
    /^signer-1 exited with code 3 before it was ready; put right what it last printed: .*bad secret \[secret\]/,
  );
});

test('a program that never becomes ready is given up at the deadline, and its probe is told', async () => {
  const child = await shell('exec sleep 60');
  let told: AbortSignal | undefined;
  const probe = (over: AbortSignal): Promise<boolean> => {
    told = over;
    return new Promise<boolean>(() => {});
  };
  await expect(untilReady(child, probe, { deadlineMs: 60, redact })).rejects.toThrow(
    'signer-1 was not ready within 60 ms; it printed nothing, so run its command by hand to see why',
  );
  expect(told?.aborted).toBe(true);
});

test('an aborted run waits for no program, and a broken probe is not taken for a slow program', async () => {
  const child = await shell('exec sleep 60');
  await expect(
    untilReady(child, never, { deadlineMs: 3_000, redact, signal: AbortSignal.timeout(30) }),
  ).rejects.toThrow(/abort/);
  await expect(untilReady(child, broken, { deadlineMs: 3_000, redact })).rejects.toThrow('broken probe');
});
