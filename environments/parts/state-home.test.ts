import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { EnvironmentError } from '../../harness/errors.ts';
import { stateHome } from './state-home.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the state home is made where the first variable that is set puts it, for us alone', () => {
  const folder = temporaryFolder();
  const all = {
    KEYDRILL_STATE: join(folder, 'own'),
    XDG_STATE_HOME: join(folder, 'xdg'),
    HOME: join(folder, 'home'),
  };
  const homes = [stateHome(all), stateHome({ ...all, KEYDRILL_STATE: '' }), stateHome({ HOME: all.HOME })];
  expect(homes).toEqual([
    join(folder, 'own'),
    join(folder, 'xdg', 'keydrill'),
    join(folder, 'home', '.local', 'state', 'keydrill'),
  ]);
  for (const home of homes) expect(statSync(home).mode & 0o777).toBe(0o700);
});

test('a relative XDG_STATE_HOME is ignored', () => {
  const HOME = temporaryFolder();
  expect(stateHome({ XDG_STATE_HOME: 'state', HOME })).toBe(join(HOME, '.local', 'state', 'keydrill'));
});

test('without a home that can be written, the state goes to the temporary folder', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  vi.stubEnv('TMPDIR', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const home = stateHome({ HOME: file });
  expect(home).toBe(join(tmpdir(), `keydrill-${process.getuid?.()}`));
  expect(statSync(home).isDirectory()).toBe(true);
});

const unfit: Record<string, { put: (home: string) => void; says: RegExp }> = {
  'a file': {
    put: (home) => writeFileSync(home, ''),
    says: /is not a directory; remove it or set KEYDRILL_STATE/,
  },
  'a symbolic link': { put: (home) => symlinkSync(tmpdir(), home), says: /is not a directory/ },
  'writable by others': {
    put: (home) => {
      mkdirSync(home);
      chmodSync(home, 0o770);
    },
    says: /is writable by others; run chmod go-w on it/,
  },
};

test.for(Object.entries(unfit))('a state home that is %s is refused', ([, { put, says }]) => {
  const home = join(temporaryFolder(), 'state');
  put(home);
  expect(() => stateHome({ KEYDRILL_STATE: home })).toThrow(EnvironmentError);
  expect(() => stateHome({ KEYDRILL_STATE: home })).toThrow(says);
});

test('a chosen state home that cannot be made is refused with the remedy', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(() => stateHome({ KEYDRILL_STATE: join(file, 'state') })).toThrow(/set KEYDRILL_STATE to a folder/);
  expect(() => stateHome({ KEYDRILL_STATE: 'state' })).toThrow(/is a relative path; make it absolute/);
});

test('a state home that belongs to somebody else is refused', () => {
  // Only root can give a folder away; for everybody else the root of the file system is somebody else's.
  const home = process.getuid?.() === 0 ? join(temporaryFolder(), 'state') : '/';
  if (home !== '/') {
    mkdirSync(home);
    chownSync(home, 65_534, 65_534);
  }
  expect(() => stateHome({ KEYDRILL_STATE: home })).toThrow(/belongs to user \d+; take it over with chown/);
});
