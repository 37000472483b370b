import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { EnvironmentError } from '../../harness/errors.ts';
import type { Condition } from '../../harness/run/environment.ts';
import type { Journal } from './journal.ts';
import { keepOutput, type OutputLog } from './output-log.ts';
import { livingIn } from './process-table.ts';
import { locateProgram } from './program.ts';
import { RUN_MARK } from './run-owner.ts';
import { settles } from './settles.ts';

/** A program to start. Of our own environment it sees only PATH, HOME, TMPDIR and the language. */
export interface ChildPlan {
  readonly name: string;
  /** A full path, a path from `cwd`, or a name to look for on the PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly journal: Journal;
  /** Where its output is also written as it comes, unredacted. */
  readonly logFile?: string;
  /** What a user can do when the program is not there. */
  readonly remedy?: string;
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended: with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a program ended, in words. */
export const ending = ({ code, signal }: Exit): string =>
  signal === null ? `exited with code ${code}` : `was ended by ${signal}`;

/** A running program that leads a process group of its own. */
export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly output: OutputLog;
  /** Settles when it has ended and what it printed was read. */
  readonly exited: Promise<Exit>;
  /** SIGSTOP, SIGCONT and SIGKILL reach its whole group; any other signal the program alone, as an operator's would. */
  signal(name: NodeJS.Signals): void;
  /** What became of its group: it has ended with its leader, and is paused where nobody in it runs. */
  condition(): Condition;
  /** Asks its group to end, and ends it when it has not done so in time. */
  stop(): Promise<Exit>;
}

const TERM_MS = 1_500;
const KILL_MS = 5_000;
const LAST_OUTPUT_MS = 250;

/**
 * The program is held at a gate until its pid is in the journal. If we are killed before that, the gate's other end
 * closes and the program never starts, so there is no instant at which it runs and nobody could find it.
 * PWD and its like would be additions of the shell.
 */
const GATE = 'read -r go <&3 && unset PWD OLDPWD SHLVL && exec "$@" 3<&-';

/** Starts a program, recorded in the journal before its first instruction. */
export async function startChild(plan: ChildPlan): Promise<Child> {
  plan.signal?.throwIfAborted();
  const env = environment(plan);
  // Looked for by ourselves, since the shell at the gate could only say 127.
  const program = locateProgram({ ...plan, searchPath: env['PATH'] ?? '' });
  const started = spawn('/bin/sh', ['-c', GATE, plan.name, program, ...plan.args], {
    cwd: plan.cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exited = ended(started);
  const pid = started.pid;
  if (pid === undefined) throw await refused(plan, started);
  const gate = started.stdio[3] as Writable;
  // A program that is killed while it is held cannot be let go any more; its exit says so.
  gate.on('error', () => gate.destroy());
  try {
    plan.journal.spawned(plan.name, pid);
  } catch (error) {
    started.kill('SIGKILL');
    throw error;
  }
  const { stdout, stderr } = started;
  if (stdout === null || stderr === null) throw new Error(`${plan.name} was started without pipes`);
  const output = keepOutput([stdout, stderr]);
  if (plan.logFile !== undefined) copyTo(plan.logFile, [stdout, stderr]);
  gate.end('go\n', () => gate.destroy());

  const running = (): boolean => started.exitCode === null && started.signalCode === null;
  const child: Child = {
    name: plan.name,
    pid,
    output,
    exited,
    signal(name) {
      if (running()) send(WHOLE_GROUP.has(name) ? -pid : pid, name);
    },
    condition() {
      const group = running() ? livingIn(pid) : [];
      if (group.length === 0) return 'ended';
      return group.every(({ stopped }) => stopped) ? 'paused' : 'running';
    },
    async stop() {
      // A stopped program sees no SIGTERM until it goes on.
      for (const name of ['SIGTERM', 'SIGCONT'] as const) if (running()) send(-pid, name);
      if (await settles(exited, TERM_MS)) return exited;
      if (running()) send(-pid, 'SIGKILL');
      if (await settles(exited, KILL_MS)) return exited;
      throw new EnvironmentError(
        `${plan.name} (pid ${pid}) outlived SIGKILL; look at what the kernel holds it for`,
      );
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  };
  return child;
}

const WHOLE_GROUP = new Set<NodeJS.Signals>(['SIGSTOP', 'SIGCONT', 'SIGKILL']);

const PASSED_ON = /^(PATH|HOME|TMPDIR|LANG|LC_\w+)$/;

function environment({ name, env = {}, journal }: ChildPlan): Record<string, string> {
  for (const variable of Object.keys(env)) {
    // The shell at the gate drops such a variable without a word.
    if (!/^[A-Za-z_]\w*$/.test(variable)) {
      throw new EnvironmentError(
        `Cannot set variable ${variable} for ${name}; use letters, digits and underscores`,
      );
    }
  }
  const ours = Object.entries(process.env).flatMap(([variable, value]) =>
    PASSED_ON.test(variable) && value !== undefined ? [[variable, value] as const] : [],
  );
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...Object.fromEntries(ours),
    ...env,
    [RUN_MARK]: journal.runId,
  };
}

async function refused({ name, cwd }: ChildPlan, started: ChildProcess): Promise<EnvironmentError> {
  const [cause] = await once(started, 'error');
  const message = `Cannot start ${name} in ${cwd}; check that the folder exists and that processes can be started`;
  return new EnvironmentError(message, { cause });
}

async function ended(started: ChildProcess): Promise<Exit> {
  const closed = new Promise<void>((done) => void started.once('close', () => done()));
  const exit = await new Promise<Exit>((done) => {
    started.once('exit', (code, signal) => {
      // Whoever stays behind in the group is nobody's now, and its number is not yet given to anyone else.
      if (started.pid !== undefined) send(-started.pid, 'SIGKILL');
      done({ code, signal });
    });
  });
  // A descendant that left the group may hold the pipes open for ever.
  await settles(closed, LAST_OUTPUT_MS);
  return exit;
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // It ended before the signal reached it, which its exit tells better.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function copyTo(file: string, streams: readonly Readable[]): void {
  const copy = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // The output in memory is the record; a full disk must not end the run.
  copy.on('error', () => copy.destroy());
  for (const stream of streams) stream.on('data', (chunk: Buffer) => copy.write(chunk));
  void Promise.all(streams.map((stream) => once(stream, 'close'))).finally(() => copy.end());
}
