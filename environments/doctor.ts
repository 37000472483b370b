import type { RequestOptions } from 'node:http';
import { explain } from '../harness/errors.ts';
import { type Machine, thisMachine } from './machine.ts';

/** One thing a run needs, as it was found here. What is `optional` limits a run without preventing it. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'missing' | 'optional';
  readonly found: string;
  /** What to type. */
  readonly remedy?: string;
}

/** Looks at everything a run may need, all at once, in less than two seconds. Starts no server, installs nothing. */
export async function examine(machine: Machine = thisMachine): Promise<Check[]> {
  const checks = [
    node,
    redis,
    docker,
    python,
    faultProxy,
    faketime,
    ports,
    outgoingPorts,
    clock,
    stateFolder,
    openFiles,
    cores,
    memory,
  ];
  return Promise.all(checks.map(async (check) => check(machine)));
}

const OLDEST_NODE = 24;

function node({ nodeVersion }: Machine): Check {
  if (Number.parseInt(nodeVersion, 10) >= OLDEST_NODE) return ok('Node', nodeVersion);
  return missing('Node', `${nodeVersion}, and ${OLDEST_NODE} is needed`, `nvm install ${OLDEST_NODE}`);
}

/** The first that tells on which of its addresses a client came. */
const OLDEST_REDIS = 6.2;

async function redis(machine: Machine): Promise<Check> {
  const name = 'redis-server';
  const chosen = machine.variables['KEYDRILL_REDIS_SERVER'];
  const program = machine.locate(chosen || name);
  if (program !== undefined) {
    try {
      const printed = await machine.output(program, ['--version']);
      const version = /\bv=(\S+)/.exec(printed)?.[1];
      const found = `${program}, version ${version ?? `unclear: ${printed}`}`;
      if (version === undefined || Number.parseFloat(version) >= OLDEST_REDIS) return ok(name, found);
      return missing(name, `${found}, and ${OLDEST_REDIS} is needed`, install(machine, name, 'redis'));
    } catch {
      return missing(name, `${program} does not run`, `${program} --version`);
    }
  }
  if (chosen) {
    const found = `KEYDRILL_REDIS_SERVER names ${chosen}, which cannot be run`;
    return missing(name, found, 'unset KEYDRILL_REDIS_SERVER');
  }
  return missing(name, 'not on the PATH', install(machine, name, 'redis'));
}

async function docker(machine: Machine): Promise<Check> {
  const name = 'Docker';
  const host = machine.variables['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  const engine = engineAt(host);
  const client = machine.locate('docker') ? 'client present' : 'no client';
  if (!engine) return optional(name, `${client}; DOCKER_HOST is ${host}, not looked at`, 'docker version');
  try {
    await machine.ping(engine);
    return ok(name, `${client}; engine answers at ${host}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      const found = `${client}; no permission to use ${host}`;
      return optional(name, found, 'sudo usermod -aG docker "$USER" && newgrp docker');
    }
    const found = `${client}; no engine at ${host} (${code})`;
    if (client === 'no client') return optional(name, found, install(machine, 'docker.io', 'docker'));
    return optional(name, found, await startEngine(machine));
  }
}

async function startEngine(machine: Machine): Promise<string> {
  const first = await machine.text('/proc/1/comm');
  if (first === undefined) return 'open -a Docker';
  return first.trim() === 'systemd' ? 'sudo systemctl start docker' : 'sudo dockerd';
}

/** Where to ask over HTTP. What goes through ssh is left to Docker's own client. */
function engineAt(host: string): RequestOptions | undefined {
  const path = '/_ping';
  const socketPath = /^unix:\/\/(.+)$/.exec(host)?.[1];
  if (socketPath !== undefined) return { socketPath, path };
  const address = URL.canParse(host) ? new URL(host) : undefined;
  if (address?.protocol !== 'tcp:' || address.hostname === '') return undefined;
  return { host: address.hostname.replace(/^\[(.*)\]$/, '$1'), port: address.port || 2375, path };
}

async function python(machine: Machine): Promise<Check> {
  const program = machine.locate('python3');
  const version =
    program && (await machine.output(program, ['--version']).catch(() => `${program} does not run`));
  if (version?.startsWith('Python 3')) return ok('Python', `${program}, version ${version.slice(7)}`);
  const found = `${version ?? 'no python3 on the PATH'}; the signer written in Python cannot be started`;
  return optional('Python', found, install(machine, 'python3', 'python3'));
}

async function faultProxy(machine: Machine): Promise<Check> {
  const name = 'fault proxy';
  const chosen = machine.variables['KEYDRILL_TOXIPROXY'] ?? '';
  const program = chosen === 'built-in' ? undefined : machine.locate(chosen || 'toxiproxy-server');
  if (program !== undefined) {
    const printed = await machine.output(program, ['--version']).catch(() => 'it does not run');
    const version = / version (v?2\.\S+|git)$/.exec(printed)?.[1];
    if (version !== undefined) return ok(name, `${program}, Toxiproxy ${version}`);
    const found = `${program} is no Toxiproxy of version 2: ${printed}`;
    return missing(name, found, 'export KEYDRILL_TOXIPROXY=built-in');
  }
  if (chosen === '' || chosen === 'built-in') return ok(name, 'built-in');
  const found = `KEYDRILL_TOXIPROXY names ${chosen}, which cannot be run`;
  return missing(name, found, 'unset KEYDRILL_TOXIPROXY');
}

function faketime(machine: Machine): Check {
  const name = 'libfaketime';
  const library = machine.faketime();
  if (library !== undefined) return ok(name, library);
  const chosen = machine.variables['KEYDRILL_LIBFAKETIME'];
  const lacks = 'no replica can be given a clock that is wrong';
  if (chosen) {
    const found = `KEYDRILL_LIBFAKETIME names ${chosen}, which is not there; ${lacks}`;
    return optional(name, found, 'unset KEYDRILL_LIBFAKETIME');
  }
  return optional(name, `not found; ${lacks}`, install(machine, 'faketime', 'libfaketime'));
}

// Listeners live here, below where Linux and macOS take the ports of outgoing connections by default.
const LISTENERS = { first: 20_000, last: 31_999 };

async function ports(machine: Machine): Promise<Check> {
  const range = `${LISTENERS.first} to ${LISTENERS.last}`;
  try {
    const port = await machine.port();
    return ok('ports', `free on loopback from ${range}, ${port} among them`);
  } catch (error) {
    return missing('ports', explain(error), 'lsof -nP -iTCP@127.0.0.1 -sTCP:LISTEN');
  }
}

async function outgoingPorts(machine: Machine): Promise<Check> {
  const name = 'outgoing ports';
  const text = await machine.text('/proc/sys/net/ipv4/ip_local_port_range');
  const [first, last] = text?.trim().split(/\s+/).map(Number) ?? [];
  if (first === undefined || last === undefined) return ok(name, 'range not published by this system');
  if (first > LISTENERS.last || last < LISTENERS.first) return ok(name, `${first} to ${last}`);
  const found = `${first} to ${last}: one of them may take the port of a server that restarts`;
  return optional(name, found, 'sudo sysctl -w net.ipv4.ip_local_port_range="32768 60999"');
}

const LOOK_MS = 100;
const STEP_MS = 50;
const WRITTEN = Date.UTC(2026, 0, 1);
const BELIEVABLE_YEARS = 30;

async function clock(machine: Machine): Promise<Check> {
  const before = lag(machine);
  await machine.pause(LOOK_MS);
  const stepped = Math.round(lag(machine) - before);
  const now = new Date(machine.wallClockMs());
  const years = (now.getTime() - WRITTEN) / (365.25 * 86_400_000);
  const remedy = machine.locate('timedatectl')
    ? 'sudo timedatectl set-ntp true'
    : 'sudo sntp -sS time.apple.com';

  if (years < 0 || years > BELIEVABLE_YEARS) {
    return missing('clock', `${now.toISOString()} cannot be right; certificates would not be valid`, remedy);
  }
  if (Math.abs(stepped) > STEP_MS) {
    const found = `the wall clock moved ${stepped} ms against the monotonic one in about ${LOOK_MS} ms`;
    return missing('clock', found, remedy);
  }
  return ok('clock', `${now.toISOString()}, in step with the monotonic clock`);
}

const lag = (machine: Machine): number => machine.wallClockMs() - machine.monotonicMs();

function stateFolder(machine: Machine): Check {
  try {
    return ok('state folder', machine.stateFolder());
  } catch (error) {
    return missing('state folder', explain(error), 'export KEYDRILL_STATE="$HOME/keydrill-state"');
  }
}

const FILES = 1_024;

// Node raises its own soft limit, and a child inherits that: only a shell of ours tells what a signer would get.
async function openFiles(machine: Machine): Promise<Check> {
  const limit = await machine.output('/bin/sh', ['-c', 'ulimit -n']);
  if (limit === 'unlimited' || Number(limit) >= FILES) return ok('open files', limit);
  const remedy = machine.locate('prlimit') ? 'sudo prlimit --nofile=4096:4096 --pid $$' : 'ulimit -n 4096';
  return missing('open files', `${limit}, and ${FILES} are needed`, remedy);
}

function cores({ cores: count }: Machine): Check {
  if (count >= 2) return ok('cores', String(count));
  const found = '1: cases with time bounds may be inconclusive';
  return optional('cores', found, 'docker update --cpus 2 CONTAINER, or use a larger machine');
}

const MEMORY_MIB = 512;

function memory({ memory: bytes }: Machine): Check {
  const mib = Math.floor(bytes / 2 ** 20);
  if (mib >= MEMORY_MIB) return ok('memory', `${mib} MiB available`);
  const found = `${mib} MiB available, and ${MEMORY_MIB} are good to have`;
  return optional('memory', found, 'ps -Ao rss,pid,comm | sort -rn | head');
}

const INSTALLERS = {
  'apt-get': 'sudo apt-get install -y --no-install-recommends',
  brew: 'brew install',
  dnf: 'sudo dnf install -y',
  apk: 'sudo apk add',
};

function install(machine: Machine, debian: string, elsewhere: string): string {
  const present = Object.entries(INSTALLERS).find(([program]) => machine.locate(program));
  const [program, command] = present ?? ['apt-get', INSTALLERS['apt-get']];
  return `${command} ${program === 'apt-get' ? debian : elsewhere}`;
}

const ok = (name: string, found: string): Check => ({ name, state: 'ok', found });

const missing = (name: string, found: string, remedy: string): Check => ({
  name,
  state: 'missing',
  found,
  remedy,
});

const optional = (name: string, found: string, remedy: string): Check => ({
  name,
  state: 'optional',
  found,
  remedy,
});
