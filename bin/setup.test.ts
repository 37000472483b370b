import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

/** Every program that the set-up may call is a fake on a private PATH, and writes its call to one log. */
const fakes = {
  python3: '',
  'redis-server': '',
  node: 'echo v24.21.0',
  'toxiproxy-server': 'echo toxiproxy-server version 2.12.0',
  go: 'cp "$FAKES/toxiproxy-server" "$GOBIN/server"; echo "by $GOTOOLCHAIN" >> "$FAKES/calls"',
  npm: `mkdir -p node_modules/zod node_modules/.bin
cp "$FAKES/record" node_modules/.package-lock.json
cp "$FAKES/node" "$FAKES/toxiproxy-server" node_modules/.bin`,
  'apt-get': `if [ "$1" = update ]; then rm -f "$FAKES/no-lists"; exit; fi
if [ -e "$FAKES/no-lists" ]; then echo "E: Unable to locate package redis-server"; exit 100; fi
cp "$FAKES/redis-server" "$BIN/redis-server"`,
  brew: 'cp "$FAKES/redis-server" "$BIN/redis-server"',
  sudo: `[ "$1" = -n ] || exit 1
shift
PATH=$BIN:$PATH exec "$@"`,
};
type Program = keyof typeof fakes;

const lock = {
  packages: {
    '': { name: 'keydrill' },
    'node_modules/zod': { version: '1.0.0' },
    'node_modules/elsewhere': { version: '1.0.0', optional: true },
  },
};

/** What npm leaves in node_modules: an optional package for another platform is not in it. */
const record = { packages: { 'node_modules/zod': { version: '1.0.0' } } };

interface Machine {
  programs?: Program[];
  installed?: boolean;
  uid?: number;
  node?: string;
  env?: Record<string, string>;
}

async function machine({ programs = [], installed = true, uid = 0, node, env = {} }: Machine = {}) {
  const root = await mkdtemp(join(tmpdir(), 'keydrill-setup-'));
  const folders = { bin: join(root, 'path'), fakes: join(root, 'fakes'), project: join(root, 'project') };
  const project = (name: string) => join(folders.project, name);
  await mkdir(project('bin'), { recursive: true });
  await mkdir(folders.bin);
  await mkdir(folders.fakes);
  await copyFile(new URL('setup.mjs', import.meta.url), project('bin/setup.mjs'));
  await writeFile(project('package-lock.json'), JSON.stringify(lock));

  await writeFile(join(folders.fakes, 'record'), JSON.stringify(record));

  const preload = join(root, 'preload.mjs');
  const version = node ? `Object.defineProperty(process, 'version', { value: '${node}' });` : '';
  await writeFile(preload, `process.getuid = () => ${uid};${version}`);

  async function put(program: Program, body: string = fakes[program]) {
    const text = `#!/bin/sh
PATH=/usr/bin:/bin
echo "${program} $*\${RUNLEVEL:+ at runlevel $RUNLEVEL}\${DEBIAN_FRONTEND:+, $DEBIAN_FRONTEND}" >> "$FAKES/calls"
${body}
`;
    const file = join(folders.fakes, program);
    await writeFile(file, text);
    await chmod(file, 0o755);
    return file;
  }
  for (const program of Object.keys(fakes) as Program[]) await put(program);
  for (const program of programs) await symlink(join(folders.fakes, program), join(folders.bin, program));
  await symlink('/usr/bin/env', join(folders.bin, 'env'));

  const calls = async () => {
    const text = await readFile(join(folders.fakes, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line && !/^(node|toxiproxy-server) /.test(line));
  };

  function start(...args: string[]) {
    const child = spawn(process.execPath, ['--import', preload, project('bin/setup.mjs'), ...args], {
      cwd: root,
      env: { PATH: folders.bin, BIN: folders.bin, FAKES: folders.fakes, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, said })),
    );
    return { child, ended };
  }

  if (installed) {
    await mkdir(project('node_modules/zod'), { recursive: true });
    await mkdir(project('node_modules/.bin'));
    await writeFile(project('node_modules/.package-lock.json'), JSON.stringify(record));
    for (const program of ['node', 'toxiproxy-server'])
      await copyFile(join(folders.fakes, program), project(`node_modules/.bin/${program}`));
  }

  return {
    ...folders,
    project,
    put,
    calls,
    start,
    setUp: (...args: string[]) => start(...args).ended,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const npmCi = 'npm ci --include=dev --no-audit --no-fund --loglevel=error';

test('a machine that has everything is left alone without a word', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm', 'apt-get', 'sudo'] });

  expect(await here.setUp()).toEqual({ code: 0, said: '' });
  expect(await here.calls()).toEqual([]);
});

test('a fresh checkout gets its dependencies by npm ci, once, and is told before', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'], installed: false });

  expect(await here.setUp()).toEqual({
    code: 0,
    said: 'setup: installing npm dependencies and Node into node_modules (npm ci)\n',
  });
  expect(await here.setUp()).toEqual({ code: 0, said: '' });
  expect(await here.calls()).toEqual([npmCi]);
});

test('the server that the fault proxy is held against is built by one certain Go, once', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'go'] });
  await here.put('toxiproxy-server', 'echo toxiproxy-server version 2.11.0');
  await copyFile(join(here.fakes, 'toxiproxy-server'), here.project('node_modules/.bin/toxiproxy-server'));
  await here.put('toxiproxy-server');

  expect(await here.setUp()).toEqual({
    code: 0,
    said: 'setup: building toxiproxy-server 2.12.0 into node_modules (go install)\n',
  });
  expect(await here.setUp()).toEqual({ code: 0, said: '' });
  const source = 'github.com/Shopify/toxiproxy/v2';
  expect(await here.calls()).toEqual([
    `go install -ldflags -X ${source}.Version=2.12.0 ${source}/cmd/server@v2.12.0`,
    'by go1.26.8',
  ]);
});

test('a machine without Go, or on which it fails, is told so and can do all the rest', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'go'] });
  await rm(here.project('node_modules/.bin/toxiproxy-server'));
  await here.put('go', 'echo "dial tcp: no route"; exit 1');
  const failed = await here.setUp();
  await rm(join(here.bin, 'go'));
  const missing = await here.setUp();

  expect(failed).toEqual({
    code: 0,
    said: expect.stringMatching(
      /^setup: go install failed, so that the tests will NOT .*:\ndial tcp: no route$/m,
    ),
  });
  expect(missing).toEqual({
    code: 0,
    said: 'setup: go not found, so that the tests will NOT compare the built-in fault proxy with Toxiproxy\n',
  });
});

test('the gate does not wait for what only the tests need', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'go'] });
  await rm(here.project('node_modules/.bin/toxiproxy-server'));

  expect(await here.setUp('gate')).toEqual({ code: 0, said: '' });
  expect(await here.calls()).toEqual([]);
});

test.for([
  { what: 'another version in the lock file', wanted: { 'node_modules/zod': { version: '1.0.1' } } },
  { what: 'a package new in the lock file', wanted: { 'node_modules/new': { version: '1.0.0' } } },
  {
    what: 'an optional package in another version',
    found: { 'node_modules/elsewhere': { version: '2.0.0' } },
  },
])('$what brings the dependencies up to date', async ({ wanted, found }) => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'] });
  const after = JSON.stringify({ packages: { ...lock.packages, ...wanted } });
  await writeFile(here.project('package-lock.json'), after);
  await writeFile(
    here.project('node_modules/.package-lock.json'),
    JSON.stringify({ packages: { ...record.packages, ...found } }),
  );
  await writeFile(
    join(here.fakes, 'record'),
    JSON.stringify({ packages: { ...record.packages, ...wanted } }),
  );
  await here.put('npm', `${fakes.npm}\nmkdir -p node_modules/new`);

  expect(await here.setUp()).toMatchObject({ code: 0 });
  expect(await here.calls()).toEqual([npmCi]);
});

test('an npm ci that leaves something else than the lock file says is not taken for success', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'], installed: false });
  await here.put('npm', 'exit 0');

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said).toContain('unlike package-lock.json; run: rm -rf node_modules && npm run setup\n');
});

test('a package deleted by hand is installed again', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'] });
  await rm(here.project('node_modules/zod'), { recursive: true });

  expect((await here.setUp()).code).toBe(0);
  expect(await here.calls()).toEqual([npmCi]);
});

test('a Node of another platform in node_modules is replaced', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'] });
  await writeFile(here.project('node_modules/.bin/node'), 'not a program');

  expect((await here.setUp()).code).toBe(0);
  expect(await here.calls()).toEqual([npmCi]);
});

test('a failing npm ci shows what npm said, then one line with the remedy', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'], installed: false });
  await here.put('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1');

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said.split('\n').slice(1)).toEqual([
    'npm error code ENOTFOUND',
    'setup: npm ci failed; put right what it says above and run: npm run setup',
    '',
  ]);
});

test('a machine without npm is told so in one line', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3'], installed: false });

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said).toContain('Cannot run npm (spawn npm ENOENT); put it on the PATH\n');
});

test('an old Node without one in node_modules is not taken for success', async () => {
  await using here = await machine({
    programs: ['redis-server', 'python3', 'npm'],
    installed: false,
    node: 'v20.20.2',
  });
  await here.put('npm', 'mkdir -p node_modules/zod; cp "$FAKES/record" node_modules/.package-lock.json');

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said).toContain('npm ci brought no Node 24 that runs here; run: npm ci --ignore-scripts=false\n');
});

test('the npm that started the set-up is the one that installs', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'], installed: false });
  const script = join(here.fakes, 'npm-cli.js');
  await writeFile(
    script,
    "const { execFileSync } = require('node:child_process'); execFileSync(`${process.env.FAKES}/npm`, ['by the script']);",
  );
  await using started = await machine({
    programs: ['redis-server', 'python3'],
    installed: false,
    env: { npm_execpath: script, npm_node_execpath: process.execPath },
  });

  expect((await started.setUp()).code).toBe(0);
  expect(await started.calls()).toEqual(['npm by the script']);
});

test('root gets redis-server from apt-get without questions and without a service', async () => {
  await using here = await machine({ programs: ['apt-get', 'sudo', 'python3'] });

  const { code, said } = await here.setUp();
  expect(code).toBe(0);
  expect(said).toBe(
    'setup: redis-server not found; installing it (apt-get install -y --no-install-recommends redis-server). ' +
      'keydrill starts servers of its own and never uses a system-wide one\n',
  );
  expect(await here.calls()).toEqual([
    'apt-get install -y --no-install-recommends redis-server at runlevel 1, noninteractive',
  ]);
});

test('package lists are refreshed where they do not know redis-server', async () => {
  await using here = await machine({ programs: ['apt-get', 'python3'] });
  await writeFile(join(here.fakes, 'no-lists'), '');

  expect((await here.setUp()).code).toBe(0);
  expect((await here.calls()).map((call) => call.split(' ')[1])).toEqual(['install', 'update', 'install']);
});

test('an apt-get that cannot install shows why and how to go on', async () => {
  await using here = await machine({ programs: ['apt-get', 'python3'] });
  await here.put('apt-get', 'echo "E: no network for $1"; exit 100');

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said.split('\n').slice(-4)).toEqual([
    'E: no network for update',
    'E: no network for install',
    'setup: apt-get cannot install redis-server; run: sudo apt-get install -y --no-install-recommends redis-server',
    '',
  ]);
});

test('a user whose sudo asks nothing installs through it', async () => {
  await using here = await machine({ programs: ['apt-get', 'sudo', 'python3'], uid: 1000 });

  expect((await here.setUp()).code).toBe(0);
  expect(await here.calls()).toEqual([
    'sudo -n true',
    'sudo -n env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends redis-server',
    'apt-get install -y --no-install-recommends redis-server at runlevel 1, noninteractive',
  ]);
});

test.for<{ what: string; programs: Program[]; calls: string[] }>([
  { what: 'no sudo', programs: ['apt-get', 'npm'], calls: [] },
  {
    what: 'a sudo that wants a password',
    programs: ['apt-get', 'sudo', 'npm'],
    calls: ['sudo -n true'],
  },
])('a user with $what is given the command, and nothing is installed', async ({ programs, calls }) => {
  await using here = await machine({ programs, uid: 1000, installed: false });
  await here.put('sudo', 'exit 1');

  expect(await here.setUp()).toEqual({
    code: 3,
    said: 'setup: redis-server not found on the PATH; run: sudo apt-get install -y --no-install-recommends redis-server\n',
  });
  expect(await here.calls()).toEqual(calls);
});

test('Homebrew installs redis where there is no apt-get', async () => {
  await using here = await machine({ programs: ['brew', 'python3'], uid: 501 });

  expect(await here.setUp()).toEqual({
    code: 0,
    said: 'setup: redis-server not found; installing it (brew install redis)\n',
  });
  expect(await here.calls()).toEqual(['brew install redis']);
});

test('a machine without a known package manager is told both ways out', async () => {
  await using here = await machine({ programs: ['python3'] });

  expect(await here.setUp()).toEqual({
    code: 3,
    said: 'setup: redis-server not found on the PATH; install Redis and put redis-server on the PATH, or set KEYDRILL_REDIS_SERVER to its full name\n',
  });
});

test('KEYDRILL_REDIS_SERVER stands in for the PATH', async () => {
  await using other = await machine();
  await using here = await machine({
    programs: ['python3', 'apt-get'],
    env: { KEYDRILL_REDIS_SERVER: join(other.fakes, 'redis-server') },
  });

  expect(await here.setUp()).toEqual({ code: 0, said: '' });
});

test('a KEYDRILL_REDIS_SERVER that cannot run is named, and nothing is installed in its place', async () => {
  await using here = await machine({
    programs: ['python3', 'apt-get'],
    env: { KEYDRILL_REDIS_SERVER: '/nowhere/redis-server' },
  });

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said).toMatch(/^setup: KEYDRILL_REDIS_SERVER is "\/nowhere\/redis-server", .+\n$/);
  expect(await here.calls()).toEqual([]);
});

test('a missing python3 is one line and no failure', async () => {
  await using here = await machine({ programs: ['redis-server'] });

  expect(await here.setUp()).toEqual({
    code: 0,
    said: 'setup: python3 not found; only the second signer, written in Python, needs it\n',
  });
});

test('a checkout without its lock file is told what is missing', async () => {
  await using here = await machine({ programs: ['redis-server', 'python3', 'npm'] });
  await rm(here.project('package-lock.json'));

  const { code, said } = await here.setUp();
  expect(code).toBe(3);
  expect(said).toMatch(/^setup: No readable package-lock\.json in .+\n$/);
});

test.for(['SIGINT', 'SIGTERM'] as const)(
  '%s ends npm with all it started, and exits with 130',
  async (signal) => {
    await using here = await machine({ programs: ['redis-server', 'python3', 'npm'], installed: false });
    await here.put(
      'npm',
      `(trap 'echo "grandchild ended" >> "$FAKES/calls"; exit' TERM
touch "$FAKES/at-work"
while :; do sleep 0.05; done) &
wait`,
    );
    const { child, ended } = here.start();
    await vi.waitFor(() => readFile(join(here.fakes, 'at-work')));

    child.kill(signal);

    expect((await ended).code).toBe(130);
    await vi.waitFor(async () => expect(await here.calls()).toContain('grandchild ended'));
  },
);

test('an interrupted apt-get is waited for, so that dpkg is not cut off half way', async () => {
  await using here = await machine({ programs: ['apt-get', 'python3'] });
  await here.put(
    'apt-get',
    `trap 'echo "apt-get tidied up" >> "$FAKES/calls"; exit 1' INT
touch "$FAKES/at-work"
while :; do sleep 0.05; done`,
  );
  const { child, ended } = here.start();
  await vi.waitFor(() => readFile(join(here.fakes, 'at-work')));

  child.kill('SIGINT');

  expect((await ended).code).toBe(130);
  expect(await here.calls()).toContain('apt-get tidied up');
});
