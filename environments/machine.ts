import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:http';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { monotonicMs, pause, wallClockMs } from '../harness/clock.ts';
import { findFaketime } from './parts/faketime.ts';
import { locateProgram } from './parts/program.ts';
import { reservePorts } from './parts/ports.ts';
import { stateHome } from './parts/state-home.ts';

/** What can be asked about the machine a run would use. */
export interface Machine {
  readonly nodeVersion: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly cores: number;
  /** Bytes that can still be had, within the limits of a container. */
  readonly memory: number;
  readonly wallClockMs: () => number;
  readonly monotonicMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** The full path of a program, unless there is none that can run. */
  locate(program: string): string | undefined;
  /** What a program prints. Fails when the program does, or takes longer than a second. */
  output(program: string, args: readonly string[]): Promise<string>;
  /** The library that puts another clock before a process, unless there is none. */
  faketime(): string | undefined;
  /** A file's text, unless it cannot be read. */
  text(path: string): Promise<string | undefined>;
  /** Fails with the system's code, or with TIMEOUT after a second, unless an HTTP server answers. */
  ping(options: RequestOptions): Promise<void>;
  /** A port as a run would get it. */
  port(): Promise<number>;
  /** The folder a run would keep its state in, made and writable. */
  stateFolder(): string;
}

const PATIENCE_MS = 1_000;
const execute = promisify(execFile);

/** The machine we are on. */
export const thisMachine: Machine = {
  nodeVersion: process.versions.node,
  variables: process.env,
  cores: availableParallelism(),
  memory: process.availableMemory(),
  wallClockMs,
  monotonicMs,
  pause,
  locate,
  output,
  faketime: () => findFaketime(),
  text: (path) => readFile(path, 'utf8').catch(() => undefined),
  ping,
  port,
  stateFolder,
};

function locate(program: string): string | undefined {
  try {
    return locateProgram({
      name: program,
      command: program,
      cwd: process.cwd(),
      searchPath: process.env['PATH'] ?? '',
    });
  } catch {
    return undefined;
  }
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
  return stdout.trim();
}

function ping(options: RequestOptions): Promise<void> {
  return new Promise((answered, failed) => {
    const asked = request({ ...options, agent: false }, (response) => {
      response.resume();
      answered();
    });
    const late = Object.assign(new Error('No answer'), { code: 'TIMEOUT' });
    const patience = AbortSignal.timeout(PATIENCE_MS);
    patience.addEventListener('abort', () => asked.destroy(late), { once: true });
    asked.on('error', failed).end();
  });
}

async function port(): Promise<number> {
  await using reserve = await reservePorts();
  return await reserve.take();
}

function stateFolder(): string {
  const folder = stateHome();
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  return folder;
}
