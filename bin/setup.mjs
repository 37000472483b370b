// Brings up what `npm test` and `npm run gate` need in a checkout: npm dependencies, the right Node, a redis-server.
// Unless it is asked for the gate alone, also a server that only the tests compare with.
// Plain JavaScript without dependencies, because it runs before they exist and on whatever Node is there.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 24;
const cannotSetUp = 3;
const interrupted = 130;

const aptInstall = 'apt-get install -y --no-install-recommends redis-server';
const redisByHand = [
  ['apt-get', `sudo ${aptInstall}`],
  ['brew', 'brew install redis'],
  ['dnf', 'sudo dnf install -y redis'],
  ['apk', 'sudo apk add redis'],
  ['pacman', 'sudo pacman -S --noconfirm redis'],
  ['zypper', 'sudo zypper install -y redis'],
];

const toxiproxyVersion = '2.12.0';
const toxiproxySource = 'github.com/Shopify/toxiproxy/v2';
// It tells of wrong JSON in the words of the Go that built it.
const toxiproxyGo = 'go1.26.8';

class SetupError extends Error {}

/** @type {{child: import('node:child_process').ChildProcess, ownGroup: boolean} | undefined} */
let running;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

try {
  await setUp();
} catch (error) {
  if (!stopping) say(error instanceof Error ? error.message : String(error));
  process.exitCode = stopping ? interrupted : cannotSetUp;
}

async function setUp() {
  // Redis first: where a person has to act, they should hear of it before a long download.
  if (!redisFound()) await installRedis();
  if (!dependenciesInstalled() || !nodeInstalled()) await installDependencies();
  if (process.argv[2] !== 'gate' && !toxiproxyBuilt()) await buildToxiproxy();
  if (!onPath('python3')) say('python3 not found; only the second signer, written in Python, needs it');
}

function redisFound() {
  const chosen = process.env.KEYDRILL_REDIS_SERVER;
  if (!chosen) return onPath('redis-server');
  if (chosen.includes(sep) ? runnable(chosen) : onPath(chosen)) return true;
  throw new SetupError(
    `KEYDRILL_REDIS_SERVER is ${JSON.stringify(chosen)}, which is no program that can run; correct it or run: unset KEYDRILL_REDIS_SERVER`,
  );
}

async function installRedis() {
  if (onPath('apt-get') && mayBecomeRoot()) await installDebianRedis();
  else if (onPath('brew')) await installHomebrewRedis();
  else throw new SetupError(`redis-server not found on the PATH; ${remedyForRedis()}`);

  if (!onPath('redis-server')) {
    throw new SetupError(
      'redis-server was installed but is not on the PATH; set KEYDRILL_REDIS_SERVER to its full name',
    );
  }
}

function remedyForRedis() {
  const byHand = redisByHand.find(([program]) => program && onPath(program));
  return byHand
    ? `run: ${byHand[1]}`
    : 'install Redis and put redis-server on the PATH, or set KEYDRILL_REDIS_SERVER to its full name';
}

function mayBecomeRoot() {
  return isRoot() || (onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0);
}

function isRoot() {
  return process.getuid?.() === 0;
}

async function installDebianRedis() {
  say(
    `redis-server not found; installing it (${aptInstall}). keydrill starts servers of its own and never uses a system-wide one`,
  );
  const install = aptInstall.split(' ');
  if ((await runAsRoot(install)).code === 0) return;

  // A fresh container has no package lists, and old lists name packages that are gone.
  say('no such package in the present lists; refreshing them (apt-get update)');
  const update = await runAsRoot(['apt-get', 'update']);
  const second = await runAsRoot(install);
  if (second.code !== 0)
    fail(second, `apt-get cannot install redis-server; run: sudo ${aptInstall}`, update.output);
}

/** @param {string[]} command */
function runAsRoot(command) {
  // Runlevel 1 keeps init scripts from starting a service. A systemd host may still start one.
  const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', ...command];
  return run(isRoot() ? quietly : ['sudo', '-n', ...quietly], { ownGroup: false });
}

async function installHomebrewRedis() {
  say('redis-server not found; installing it (brew install redis)');
  const result = await run(['brew', 'install', 'redis'], { ownGroup: false });
  if (result.code !== 0) fail(result, 'brew cannot install redis; run: brew install redis');
}

/** Whether node_modules holds what package-lock.json says, going by the record that npm itself leaves there. */
function dependenciesInstalled() {
  const wanted = readLock('package-lock.json');
  if (!wanted) throw new SetupError(`No readable package-lock.json in ${root}; set up from a full checkout`);
  const found = readLock('node_modules/.package-lock.json');
  if (!found) return false;
  return Object.entries(wanted).every(([place, { version, optional }]) => {
    if (place === '' || (optional && !found[place])) return true;
    return found[place]?.version === version && existsSync(join(root, place));
  });
}

/** @param {string} name @returns {Record<string, {version?: string, optional?: boolean}> | undefined} */
function readLock(name) {
  try {
    return JSON.parse(readFileSync(join(root, name), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether npm scripts get a Node that can run the project: its own, or, where it has none, the present one. */
function nodeInstalled() {
  const own = join(root, 'node_modules', '.bin', 'node');
  const version = existsSync(own)
    ? spawnSync(own, ['--version'], { encoding: 'utf8' }).stdout
    : process.version;
  return Number(/^v(\d+)/.exec(version ?? '')?.[1] ?? 0) >= oldestNode;
}

async function installDependencies() {
  say('installing npm dependencies and Node into node_modules (npm ci)');
  const result = await run([...npm(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    ownGroup: true,
    env: { ...process.env, PATH: pathOutside() },
  });
  if (result.code !== 0) fail(result, 'npm ci failed; put right what it says above and run: npm run setup');

  if (!dependenciesInstalled()) {
    throw new SetupError(
      'npm ci left node_modules unlike package-lock.json; run: rm -rf node_modules && npm run setup',
    );
  }
  if (!nodeInstalled()) {
    throw new SetupError(
      `npm ci brought no Node ${oldestNode} that runs here; run: npm ci --ignore-scripts=false`,
    );
  }
}

/** The npm that started us, where one did, on a Node that `npm ci` does not delete beneath it. */
function npm() {
  const script = process.env.npm_execpath;
  if (!script || basename(script) !== 'npm-cli.js') return ['npm'];
  const node = [process.env.npm_node_execpath, process.execPath].find(
    (path) => path && runnable(path) && !inside(path),
  );
  return [node ?? 'node', script];
}

/** Whether the server is there that the built-in fault proxy is compared with, and the right one. */
function toxiproxyBuilt() {
  const { stdout } = spawnSync(ownToxiproxy(), ['-version'], { encoding: 'utf8' });
  return stdout?.trim() === `toxiproxy-server version ${toxiproxyVersion}`;
}

function ownToxiproxy() {
  return join(root, 'node_modules', '.bin', 'toxiproxy-server');
}

/** Where npm scripts find it. Tests that compare with it say so where it cannot be built, and are skipped. */
async function buildToxiproxy() {
  const uncompared = 'so that the tests will NOT compare the built-in fault proxy with Toxiproxy';
  if (!onPath('go')) return say(`go not found, ${uncompared}`);
  say(`building toxiproxy-server ${toxiproxyVersion} into node_modules (go install)`);
  const folder = mkdtempSync(join(tmpdir(), 'keydrill-setup-'));
  try {
    const result = await run(
      [
        'go',
        'install',
        '-ldflags',
        `-X ${toxiproxySource}.Version=${toxiproxyVersion}`,
        `${toxiproxySource}/cmd/server@v${toxiproxyVersion}`,
      ],
      { ownGroup: true, env: { ...process.env, GOBIN: folder, GOTOOLCHAIN: toxiproxyGo } },
    );
    if (result.code === 0) copyFileSync(join(folder, 'server'), ownToxiproxy());
    else say(`go install failed, ${uncompared}:\n${result.output.trimEnd()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} path */
function inside(path) {
  return path.startsWith(join(root, 'node_modules') + sep);
}

/** @param {string} program */
function onPath(program) {
  return searchPath().some((folder) => runnable(join(folder, program)));
}

function pathOutside() {
  return searchPath()
    .filter((folder) => !inside(folder))
    .join(delimiter);
}

function searchPath() {
  return (process.env.PATH ?? '').split(delimiter).filter(Boolean);
}

/** @param {string} path */
function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end, keeping what it prints for the case that it fails.
 * @param {string[]} command
 * @param {{ownGroup: boolean, env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<{code: number | null, output: string}>}
 */
function run([program = '', ...args], { ownGroup, env = process.env }) {
  const child = spawn(program, args, {
    cwd: root,
    env,
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = { child, ownGroup };
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new SetupError(`Cannot run ${program} (${error.message}); put it on the PATH`)),
    );
    child.on('close', (code) => {
      running = undefined;
      if (stopping) reject(new SetupError('Interrupted'));
      else resolve({ code, output });
    });
  });
}

/** @param {{output: string}} result @param {string} message @returns {never} */
function fail(result, message, before = '') {
  process.stderr.write(before + result.output);
  throw new SetupError(message);
}

/** Ends the running child and then us. A system's package manager is asked once and waited for: cut off, it leaves a mess. */
function stop() {
  if (!running) process.exit(interrupted);
  stopping = true;
  const { child, ownGroup } = running;
  if (!child.pid) return;
  signalQuietly(ownGroup ? -child.pid : child.pid, ownGroup ? 'SIGTERM' : 'SIGINT');
  if (ownGroup) setTimeout(signalQuietly, 3000, -child.pid, 'SIGKILL').unref();
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function signalQuietly(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, or belongs to root, whom a terminal's Ctrl-C reaches without us.
  }
}

/** @param {string} message */
function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}
