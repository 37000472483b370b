import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { findingsFileSchema, type FindingsFile } from './harness/judge/findings.ts';
import { runRecordSchema } from './reports/run-record.ts';

/** A command as a user sees it once it has ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly said: string;
  /** What it left running, and what of it the state folder still holds. */
  readonly left: readonly string[];
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Until standard output holds this, or has ended without it. */
  prints(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its processes that live at this moment. */
  processes(): readonly number[];
}

export interface Manner {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another program than the launcher, with the same arguments after it. */
  readonly by?: readonly [string, ...string[]];
}

export const checkout = fileURLToPath(new URL('.', import.meta.url));
export const launcher = join(checkout, 'bin/keydrill');

/** A folder to type commands in, with a state home beside it that no other run knows. */
export async function place() {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'keydrill-cli-')));
  const at = (...parts: string[]): string => join(root, ...parts);
  await mkdir(at('here'));
  const runs: Running[] = [];

  function start(words: readonly string[], { env = {}, cwd = at('here'), by = [launcher] }: Manner = {}) {
    const { PATH = '', HOME = '' } = process.env;
    const [program, ...before] = by;
    const child = spawn(program, [...before, ...words], {
      cwd,
      env: { PATH, HOME, KEYDRILL_STATE: at('state'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Before the test gives up on it: what hangs must not be left behind by the test of all things.
      timeout: 45_000,
      killSignal: 'SIGKILL',
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`Cannot start ${program}`);
    let out = '';
    let said = '';
    const waiting = new Set<() => void>();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      for (const look of waiting) look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<Ended>((done) => {
      child.once('close', (code, signal) => {
        for (const look of waiting) look();
        done({ code, signal, out, said, left: [...processesOf(pid).map(String), ...foldersOf(pid)] });
      });
    });
    const running: Running = {
      pid,
      ended,
      prints: (text) =>
        new Promise((printed, failed) => {
          const look = (): void => {
            const over = child.exitCode !== null || child.signalCode !== null;
            if (!out.includes(text) && !over) return;
            waiting.delete(look);
            if (out.includes(text)) printed();
            else failed(new Error(`Ended without "${text}": ${out}${said}`));
          };
          waiting.add(look);
          look();
        }),
      kill: (signal) => void child.kill(signal),
      processes: () => processesOf(pid),
    };
    runs.push(running);
    return running;
  }

  /** Of what a run keeps in the state home, named by the process that owns it. */
  function foldersOf(pid: number): string[] {
    return listed(at('state', 'runs')).filter((run) => run.startsWith(`${pid}-`));
  }

  return {
    at,
    start,
    keydrill: (...words: string[]): Promise<Ended> => start(words).ended,
    keydrillWith: (manner: Manner, ...words: string[]): Promise<Ended> => start(words, manner).ended,
    /** Writes a file into the folder and gives its full path. */
    async write(name: string, content: string, mode = 0o644): Promise<string> {
      await mkdir(dirname(at('here', name)), { recursive: true });
      await writeFile(at('here', name), content, { mode });
      return at('here', name);
    },
    read: (...parts: string[]): Promise<string> => readFile(at('here', ...parts), 'utf8'),
    json: async (...parts: string[]): Promise<unknown> =>
      JSON.parse(await readFile(at('here', ...parts), 'utf8')) as unknown,
    files: (...parts: string[]): Promise<string[]> => readdir(at('here', ...parts)),
    /** Every file below a folder, each with its text. */
    async texts(...parts: string[]): Promise<readonly { name: string; text: string }[]> {
      const found = await readdir(at('here', ...parts), { recursive: true, withFileTypes: true });
      const files = found
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      return Promise.all(files.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
    },
    /** The runs whose folders the state home holds. */
    runs: (): string[] => listed(at('state', 'runs')),
    async [Symbol.asyncDispose]() {
      // A test that failed half-way leaves nothing either.
      for (const run of runs) run.kill('SIGKILL');
      await Promise.all(runs.map(({ ended }) => ended));
      for (const pid of runs.flatMap((run) => run.processes())) killed(pid);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export type Place = Awaited<ReturnType<typeof place>>;

/**
 * The processes that a run of this owner has started, by the mark in their environment, or by where they run: Redis
 * writes its title over its environment. None where a system does not show it.
 */
export function processesOf(owner: number): number[] {
  return listed('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isOf(pid, owner));
}

function isOf(pid: number, owner: number): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    if (environment.some((variable) => variable.startsWith(`KEYDRILL_RUN=${owner}-`))) return true;
    return readlinkSync(`/proc/${pid}/cwd`).includes(`/runs/${owner}-`);
  } catch {
    // It ended while it was looked at, or is somebody else's.
    return false;
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

/** An adapter for a program of ours in JavaScript, which finds its settings in its environment. */
export async function adapterFor(
  here: Place,
  name: string,
  program: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await here.write(`${name}.mjs`, program);
  return here.write(
    `${name}.json`,
    JSON.stringify({
      name,
      start: {
        command: ['{node}', `{adapter}/${name}.mjs`, '{replica}'],
        env: {
          PORT: '{port}',
          CLIENTS: '{clients}',
          CERTIFICATE: '{certificateFile}',
          KEY: '{keyFile}',
          CLIENT_CA: '{clientCaFile}',
        },
      },
      ...more,
    }),
  );
}

/** A program that says it is ready, and answers everything else as the lines say: with `request`, `response`, `asked`. */
export const httpsProgram = (answer: string): string => `
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
const { PORT, CERTIFICATE, KEY, CLIENT_CA } = process.env;
const files = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY), ca: readFileSync(CLIENT_CA) };
let asked = 0;
createServer({ ...files, requestCert: true, rejectUnauthorized: false }, (request, response) => {
  if (request.method === 'GET') return response.end('{}');
  asked += 1;
  request.resume().on('end', () => { ${answer} });
}).listen(Number(PORT), '127.0.0.1');
`;

const TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
with open('pid', 'w') as file:
    file.write(str(pid))
signal.signal(signal.SIGINT, lambda *_: os.write(terminal, b'\\x03'))
try:
    while shown := os.read(terminal, 65536):
        os.write(1, shown)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/**
 * The launcher in a terminal with this many columns, which Python can open and Node cannot. Its pid goes to a file, and
 * SIGINT types Ctrl-C.
 */
export const inTerminal = (columns: number): readonly [string, ...string[]] => [
  'python3',
  '-c',
  TERMINAL,
  String(columns),
  launcher,
];

/** A gate that judges one case only: its topology comes up, and it costs a second. */
export const one = ['gate', '--only', 'unknown_client_rejected', '--out', 'out'] as const;

export const reference = join(checkout, 'environments/signers/reference/adapter.ts');
export const bare = join(checkout, 'environments/signers/python/bare.yaml');
export const publicVectors = join(checkout, 'vectors/signer-auth-v1.json');
export const edgeVectors = join(checkout, 'vectors/signer-auth-v1-edge.json');
export const reports = [
  'allure-results',
  'findings.json',
  'junit.xml',
  'report.html',
  'run.json',
  'summary.md',
];

/** One message on one line, which tells this; nothing is left running. */
export function expectComplaint(ended: Ended, code: number, tells: readonly string[]): void {
  expect(ended).toMatchObject({ code, signal: null, left: [] });
  expect(ended.said).toMatch(/^keydrill: \S[^\n]*\n$/);
  for (const text of tells) expect(ended.said).toContain(text);
}

/** Nothing was printed and nothing written that somebody could take for a result. */
export async function expectNoResult(ended: Ended, here: Place): Promise<void> {
  expect(ended.out).toBe('');
  const names = (await here.texts()).map(({ name }) => basename(name));
  expect(names.filter((name) => reports.includes(name) || name === 'history.jsonl')).toEqual([]);
}

export const findingsIn = async (here: Place, ...folder: string[]): Promise<FindingsFile> =>
  findingsFileSchema.parse(await here.json(...folder, 'findings.json'));

export const recordIn = async (here: Place, ...folder: string[]) =>
  runRecordSchema.parse(await here.json(...folder, 'run.json'));
