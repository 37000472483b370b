import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Journal, openJournal } from '../journal.ts';
import { type PortReserve, reservePorts } from '../ports.ts';
import { UNCOMPARED } from './both-servers.fixture.ts';
import { startFaultProxy, toxiproxyOnPath } from './start.ts';

let home: string;
let journal: Journal;
let ports: PortReserve;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
  ports = await reservePorts();
  vi.stubEnv('KEYDRILL_TOXIPROXY', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await ports[Symbol.asyncDispose]();
  await journal[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const started = async () => {
  const port = await ports.take();
  await using server = await startFaultProxy({ journal, port });
  const answer = await fetch(`http://127.0.0.1:${port}/proxies`);
  return { name: server.name, answered: await answer.text(), port };
};

test('the server on the PATH is started, and is gone when it is disposed of', async (context) => {
  context.skip(toxiproxyOnPath() === undefined, UNCOMPARED);
  const { name, answered, port } = await started();
  expect({ name, answered }).toEqual({ name: 'Toxiproxy 2.12.0', answered: '{}' });
  await expect(fetch(`http://127.0.0.1:${port}/version`)).rejects.toThrow('fetch failed');
});

test('the built-in server is started where none is on the PATH, and is gone when it is disposed of', async () => {
  vi.stubEnv('PATH', '/usr/bin:/bin');
  const { name, answered, port } = await started();
  expect({ name, answered }).toEqual({ name: 'built-in, as Toxiproxy 2.12.0', answered: '{}' });
  await expect(fetch(`http://127.0.0.1:${port}/version`)).rejects.toThrow('fetch failed');
});

test('the built-in server is started when it is chosen', async () => {
  vi.stubEnv('KEYDRILL_TOXIPROXY', 'built-in');
  expect((await started()).name).toBe('built-in, as Toxiproxy 2.12.0');
});

test('a program that is chosen and is not there is named, with what to do', async () => {
  vi.stubEnv('KEYDRILL_TOXIPROXY', './nowhere/toxiproxy-server');
  await expect(started()).rejects.toThrow(
    `Cannot start Toxiproxy: ${join(process.cwd(), 'nowhere/toxiproxy-server')} is not a file; correct KEYDRILL_TOXIPROXY, or set it to built-in`,
  );
});

test('a program of another version is refused', async () => {
  const program = join(home, 'toxiproxy-server');
  writeFileSync(
    program,
    `#!${process.execPath}
     require('node:http').createServer((_, answer) => answer.end('{"version":"3.0.0"}')).listen(Number(process.argv.at(-1)));`,
  );
  chmodSync(program, 0o755);
  vi.stubEnv('KEYDRILL_TOXIPROXY', program);
  await expect(started()).rejects.toThrow(
    `${program} is Toxiproxy 3.0.0; name one of version 2 in KEYDRILL_TOXIPROXY, or set it to built-in`,
  );
});
