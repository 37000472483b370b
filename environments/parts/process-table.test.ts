import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { birthOf, carriersOf, fromPs, readProcessTable } from './process-table.ts';
import { newRunId, ownerOf } from './run-owner.ts';

function sleeper(command = 'sleep', env = {}): { pid: number; end: () => Promise<unknown> } {
  const started = spawn(command, ['60'], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const gone = once(started, 'exit');
  onTestFinished(() => void started.kill('SIGKILL'));
  return {
    pid: started.pid ?? 0,
    end: () => {
      started.kill('SIGKILL');
      return gone;
    },
  };
}

test('the table tells a process, its group and its birth, and forgets it when it is gone', async () => {
  const { pid, end } = sleeper();
  const entry = readProcessTable().get(pid);
  expect(entry).toEqual({ pid, group: pid, birth: birthOf(pid), ended: false, stopped: false });
  expect(entry?.birth).not.toBe(birthOf(process.pid));

  await end();

  expect(birthOf(pid)).toBeUndefined();
  expect(readProcessTable().has(pid)).toBe(false);
});

test('a program whose name holds brackets and spaces is read like any other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const odd = join(folder, 'a) S 1 (b');
  copyFileSync('/bin/sleep', odd);
  const { pid } = sleeper(odd);
  expect(readProcessTable().get(pid)).toMatchObject({ group: pid, ended: false });
});

test('the table as ps prints it agrees on who runs in which group', () => {
  const { pid } = sleeper();
  expect(fromPs().find((entry) => entry.pid === pid)).toEqual({
    pid,
    group: pid,
    birth: expect.stringMatching(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/),
    ended: false,
    stopped: false,
  });
});

test('a process that stands still is told from one that runs, by either table', async () => {
  const { pid } = sleeper();
  const stopped = () =>
    [readProcessTable(), new Map(fromPs().map((entry) => [entry.pid, entry]))].map(
      (table) => table.get(pid)?.stopped,
    );
  process.kill(pid, 'SIGSTOP');
  await vi.waitFor(() => expect(stopped()).toEqual([true, true]));
  process.kill(pid, 'SIGCONT');
  await vi.waitFor(() => expect(stopped()).toEqual([false, false]));
});

test('only processes with the exact variable carry it', () => {
  const mark = newRunId();
  const { pid } = sleeper('sleep', { MARK: mark });
  sleeper('sleep', { MARK: `${mark}0` });
  sleeper('sleep', { OTHER_MARK: mark });
  expect(carriersOf('MARK', mark)).toEqual([pid]);
});

test('a run is known to be its owner’s, dead when the pid is somebody else’s, and unknown from another place', () => {
  const runId = newRunId();
  const [pid, place, birth, chance] = runId.split('-');
  const { pid: other } = sleeper();
  const table = readProcessTable();
  expect(ownerOf(runId, table)).toBe('alive');
  expect(ownerOf([other, place, birth, chance].join('-'), table)).toBe('dead');
  expect(ownerOf([pid, '0'.repeat(12), birth, chance].join('-'), table)).toBe('unknown');
  expect(ownerOf('lost+found', table)).toBe('unknown');
});

test('an owner that has ended but was not waited for is dead', () => {
  const runId = newRunId();
  const self = readProcessTable().get(process.pid);
  expect(self).toBeDefined();
  expect(ownerOf(runId, new Map(self && [[self.pid, { ...self, ended: true }]]))).toBe('dead');
});
