import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EnvironmentError } from '../harness/errors.ts';
import { type Check, examine } from './doctor.ts';
import { type Machine, thisMachine } from './machine.ts';

const WALL = Date.UTC(2026, 5, 1);

/** A machine that lacks nothing, but for what a test changes. */
function machine(changes: Partial<Machine> = {}): Machine {
  return {
    nodeVersion: '24.21.0',
    variables: {},
    cores: 4,
    memory: 2 ** 32,
    wallClockMs: () => WALL,
    monotonicMs: () => 1_000,
    pause: async () => undefined,
    locate: (program) => (['brew', 'dnf', 'apk'].includes(program) ? undefined : `/usr/bin/${program}`),
    output: async (program) => printed[program] ?? '',
    faketime: () => '/usr/lib/faketime/libfaketime.so.1',
    text: async (path) => files[path],
    ping: async () => undefined,
    port: async () => 20_001,
    stateFolder: () => '/home/operator/.local/state/keydrill',
    ...changes,
  };
}

const printed: Record<string, string> = {
  '/usr/bin/redis-server': 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64',
  '/usr/bin/python3': 'Python 3.11.2',
  '/usr/bin/toxiproxy-server': 'toxiproxy-server version 2.12.0',
  '/bin/sh': '1048576',
};

const files: Record<string, string> = {
  '/proc/1/comm': 'systemd\n',
  '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
};

async function check(name: string, changes: Partial<Machine>): Promise<Check | undefined> {
  const checks = await examine(machine(changes));
  return checks.find((each) => each.name === name);
}

const without = (program: string): Partial<Machine> => ({
  locate: (wanted) => (wanted === program ? undefined : machine().locate(wanted)),
});

const broken = (program: string): Partial<Machine> => ({
  output: async (asked) => {
    if (asked.endsWith(program)) throw new Error('error while loading shared libraries');
    return printed[asked] ?? '';
  },
});

const nowhere = (): undefined => undefined;

const refuses = (message: string) => (): never => {
  throw new EnvironmentError(message);
};

const failing = (code: string): Partial<Machine> => ({
  ping: async () => {
    throw Object.assign(new Error(code), { code });
  },
});

test('a machine that lacks nothing passes every check, and needs no remedy', async () => {
  const checks = await examine(machine());

  expect(checks.map(({ state }) => state)).toEqual(checks.map(() => 'ok'));
  expect(checks.some(({ remedy }) => remedy)).toBe(false);
  expect(checks.map(({ name }) => name)).toEqual([
    'Node',
    'redis-server',
    'Docker',
    'Python',
    'fault proxy',
    'libfaketime',
    'ports',
    'outgoing ports',
    'clock',
    'state folder',
    'open files',
    'cores',
    'memory',
  ]);
});

test('an old Node is missing', async () => {
  expect(await check('Node', { nodeVersion: '22.19.0' })).toEqual({
    name: 'Node',
    state: 'missing',
    found: '22.19.0, and 24 is needed',
    remedy: 'nvm install 24',
  });
});

test('redis-server is shown with its path and version', async () => {
  expect(await check('redis-server', {})).toMatchObject({
    found: '/usr/bin/redis-server, version 7.0.15',
  });
});

test.for([
  { manager: 'apt-get', remedy: 'sudo apt-get install -y --no-install-recommends redis-server' },
  { manager: 'brew', remedy: 'brew install redis' },
  { manager: 'dnf', remedy: 'sudo dnf install -y redis' },
  { manager: undefined, remedy: 'sudo apt-get install -y --no-install-recommends redis-server' },
])('a missing redis-server is to be installed by $manager', async ({ manager, remedy }) => {
  const locate: Machine['locate'] = (program) => (program === manager ? `/bin/${program}` : undefined);

  expect(await check('redis-server', { locate })).toMatchObject({ state: 'missing', remedy });
});

test('KEYDRILL_REDIS_SERVER is looked at in place of the PATH', async () => {
  const variables = { KEYDRILL_REDIS_SERVER: '/opt/redis' };

  expect(
    await check('redis-server', {
      variables,
      locate: (program) => (program === '/opt/redis' ? program : undefined),
      output: async () => 'Redis server v=8.0.0 sha=1',
    }),
  ).toMatchObject({ state: 'ok', found: '/opt/redis, version 8.0.0' });
  expect(await check('redis-server', { variables, ...without('/opt/redis') })).toMatchObject({
    state: 'missing',
    found: 'KEYDRILL_REDIS_SERVER names /opt/redis, which cannot be run',
  });
});

test('a redis-server that is too old is missing', async () => {
  const changes: Partial<Machine> = { output: async () => 'Redis server v=6.0.16 sha=1' };
  expect(await check('redis-server', changes)).toMatchObject({
    state: 'missing',
    found: '/usr/bin/redis-server, version 6.0.16, and 6.2 is needed',
  });
});

test('a redis-server that does not run is missing', async () => {
  expect(await check('redis-server', broken('redis-server'))).toMatchObject({
    state: 'missing',
    found: '/usr/bin/redis-server does not run',
  });
});

test.for<{ host?: string; asked: RequestOptions }>([
  { asked: { socketPath: '/var/run/docker.sock', path: '/_ping' } },
  { host: 'unix:///run/user/1000/docker.sock', asked: { socketPath: '/run/user/1000/docker.sock' } },
  { host: 'tcp://127.0.0.1:2376', asked: { host: '127.0.0.1', port: '2376' } },
  { host: 'tcp://[::1]', asked: { host: '::1', port: 2375 } },
])('Docker is asked at $host', async ({ host, asked }) => {
  const asks: RequestOptions[] = [];
  const ping = async (options: RequestOptions): Promise<void> => void asks.push(options);

  expect(await check('Docker', { ping, variables: { DOCKER_HOST: host } })).toMatchObject({ state: 'ok' });
  expect(asks).toEqual([expect.objectContaining(asked)]);
});

test.for(['ssh://staging', 'tcp://', 'nonsense'])('Docker at %s is left unasked', async (host) => {
  expect(await check('Docker', { ...failing('ASKED'), variables: { DOCKER_HOST: host } })).toMatchObject({
    state: 'optional',
    found: `client present; DOCKER_HOST is ${host}, not looked at`,
  });
});

test.for([
  { code: 'EACCES', found: 'no permission', remedy: 'sudo usermod -aG docker "$USER" && newgrp docker' },
  { code: 'ENOENT', found: 'no engine', remedy: 'sudo systemctl start docker' },
  { code: 'TIMEOUT', found: 'no engine', remedy: 'sudo systemctl start docker' },
])('a Docker engine that fails with $code is optional', async ({ code, found, remedy }) => {
  const docker = await check('Docker', failing(code));

  expect(docker).toMatchObject({ state: 'optional', remedy });
  expect(docker?.found).toContain(found);
});

test.for([
  { first: 'dockerd\n', remedy: 'sudo dockerd' },
  { first: undefined, remedy: 'open -a Docker' },
])('the way to start Docker goes by what runs the machine: $remedy', async ({ first, remedy }) => {
  expect(await check('Docker', { ...failing('ENOENT'), text: async () => first })).toMatchObject({ remedy });
});

test('a machine without Docker is told how to install it', async () => {
  expect(await check('Docker', { ...failing('ENOENT'), ...without('docker') })).toMatchObject({
    state: 'optional',
    remedy: 'sudo apt-get install -y --no-install-recommends docker.io',
  });
});

test.for<{ is: string; changes: Partial<Machine>; found: string; remedy?: string }>([
  { is: 'on the PATH', changes: {}, found: '/usr/bin/toxiproxy-server, Toxiproxy 2.12.0' },
  { is: 'built in', changes: without('toxiproxy-server'), found: 'built-in' },
  { is: 'chosen as built in', changes: { variables: { KEYDRILL_TOXIPROXY: 'built-in' } }, found: 'built-in' },
  {
    is: 'chosen and missing',
    changes: { ...without('/opt/toxi'), variables: { KEYDRILL_TOXIPROXY: '/opt/toxi' } },
    found: 'KEYDRILL_TOXIPROXY names /opt/toxi, which cannot be run',
    remedy: 'unset KEYDRILL_TOXIPROXY',
  },
  {
    is: 'too old',
    changes: { output: async () => 'toxiproxy-server version 1.2.1' },
    found: '/usr/bin/toxiproxy-server is no Toxiproxy of version 2: toxiproxy-server version 1.2.1',
    remedy: 'export KEYDRILL_TOXIPROXY=built-in',
  },
  {
    is: 'broken',
    changes: broken('toxiproxy-server'),
    found: '/usr/bin/toxiproxy-server is no Toxiproxy of version 2: it does not run',
    remedy: 'export KEYDRILL_TOXIPROXY=built-in',
  },
])('the fault proxy that would be used is told where it is $is', async ({ changes, found, remedy }) => {
  const state = remedy === undefined ? 'ok' : 'missing';
  expect(await check('fault proxy', changes)).toEqual({
    name: 'fault proxy',
    state,
    found,
    ...(remedy !== undefined && { remedy }),
  });
});

test('libfaketime is optional, and what is missed without it is told', async () => {
  expect(await check('libfaketime', { faketime: nowhere })).toEqual({
    name: 'libfaketime',
    state: 'optional',
    found: 'not found; no replica can be given a clock that is wrong',
    remedy: 'sudo apt-get install -y --no-install-recommends faketime',
  });
  const variables = { KEYDRILL_LIBFAKETIME: '/opt/libfaketime.so' };
  expect(await check('libfaketime', { faketime: nowhere, variables })).toMatchObject({
    state: 'optional',
    found: expect.stringContaining('names /opt/libfaketime.so, which is not there'),
    remedy: 'unset KEYDRILL_LIBFAKETIME',
  });
});

test('Python is optional, missing or broken', async () => {
  const remedy = 'sudo apt-get install -y --no-install-recommends python3';

  expect(await check('Python', without('python3'))).toMatchObject({
    state: 'optional',
    found: expect.stringContaining('no python3 on the PATH'),
    remedy,
  });
  expect(await check('Python', broken('python3'))).toMatchObject({
    state: 'optional',
    found: expect.stringContaining('/usr/bin/python3 does not run'),
    remedy,
  });
});

test('a machine without a free port is told how to find who has them', async () => {
  expect(await check('ports', { port: refuses('No block of ports is free') })).toEqual({
    name: 'ports',
    state: 'missing',
    found: 'No block of ports is free',
    remedy: 'lsof -nP -iTCP@127.0.0.1 -sTCP:LISTEN',
  });
});

test.for([
  { range: '32768 60999', state: 'ok' },
  { range: '32000\t60999\n', state: 'ok' },
  { range: '31999 60999', state: 'optional' },
  { range: '1024 65535', state: 'optional' },
  { range: '1024 19999', state: 'ok' },
  { range: undefined, state: 'ok' },
])('outgoing connections from ports $range are $state', async ({ range, state }) => {
  expect(await check('outgoing ports', { text: async () => range })).toMatchObject({ state });
});

test.for([
  { gained: 0, state: 'ok' },
  { gained: 40, state: 'ok' },
  { gained: 100, state: 'missing' },
  { gained: -3_600_000, state: 'missing' },
])(
  'a wall clock that gains $gained ms on the monotonic one while we look is $state',
  async ({ gained, state }) => {
    let shift = 0;
    const pause = async (ms: number): Promise<void> => {
      expect(ms).toBe(100);
      shift = gained;
    };

    expect(await check('clock', { pause, wallClockMs: () => WALL + shift })).toMatchObject({ state });
  },
);

test.for(['1970-01-01', '2025-12-31', '2099-01-01'])('a clock that says %s is not believed', async (date) => {
  expect(await check('clock', { wallClockMs: () => Date.parse(date) })).toMatchObject({
    state: 'missing',
    found: expect.stringContaining(date),
    remedy: 'sudo timedatectl set-ntp true',
  });
});

test('a state folder that cannot be had is missing', async () => {
  const found = 'State folder /state is writable by others';

  expect(await check('state folder', { stateFolder: refuses(found) })).toMatchObject({
    state: 'missing',
    found,
  });
});

test.for([
  { limit: '1023', state: 'missing' },
  { limit: '1024', state: 'ok' },
  { limit: 'unlimited', state: 'ok' },
])('$limit open files are $state', async ({ limit, state }) => {
  const output = async (program: string): Promise<string> =>
    program === '/bin/sh' ? limit : (printed[program] ?? '');

  expect(await check('open files', { output })).toMatchObject({ state });
});

test('one core and little memory limit a run without preventing it', async () => {
  expect(await check('cores', { cores: 1 })).toMatchObject({ state: 'optional' });
  expect(await check('memory', { memory: 511 * 2 ** 20 })).toMatchObject({
    state: 'optional',
    found: '511 MiB available, and 512 are good to have',
  });
  expect(await check('memory', { memory: 512 * 2 ** 20 })).toMatchObject({ state: 'ok' });
});

test('this machine answers every question within two seconds, whatever it lacks', async () => {
  const started = thisMachine.monotonicMs();
  const checks = await examine();

  expect(thisMachine.monotonicMs() - started).toBeLessThan(2_000);
  for (const { state, remedy } of checks) expect(remedy === undefined).toBe(state === 'ok');
  expect(checks[0]).toEqual({ name: 'Node', state: 'ok', found: process.versions.node });
});

test('a program that hangs is cut short', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keydrill-doctor-'));
  try {
    const program = join(folder, 'hangs');
    await writeFile(program, '#!/bin/sh\nexec sleep 30\n');
    await chmod(program, 0o755);
    const started = thisMachine.monotonicMs();

    await expect(thisMachine.output(program, [])).rejects.toThrow(program);
    expect(thisMachine.monotonicMs() - started).toBeLessThan(2_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.for([
  { engine: 'answers', code: undefined },
  { engine: 'says nothing', code: 'TIMEOUT' },
])('an engine that $engine is told apart', async ({ code }) => {
  const server = createServer((_request, response) => void (code ?? response.end('OK')));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const outcome = await thisMachine.ping({ host: '127.0.0.1', port, path: '/_ping' }).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(outcome).toBe(code);
  } finally {
    server.closeAllConnections();
    await server[Symbol.asyncDispose]();
  }
});
