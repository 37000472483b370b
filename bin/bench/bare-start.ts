import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Journal } from '../../environments/parts/journal.ts';
import { LOOPBACK, type PortReserve } from '../../environments/parts/ports.ts';
import { RUN_MARK } from '../../environments/parts/run-owner.ts';
import { monotonicMs, pause } from '../../harness/clock.ts';
import type { TopologyPlan } from '../../harness/run/environment.ts';
import { launchOf } from '../../harness/signer/launch.ts';
import { whenLeaving } from './leaving.ts';

/** A process with everything it needs lying ready, so that nothing but its own start is measured. */
export interface Bare {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly answers: () => Promise<boolean>;
}

/** How long it took until all of them answered. */
export interface BareStart {
  readonly tookMs: number;
}

/** The processes of a topology without anything between them: a store, and replicas that know its address. */
export async function prepareBare(
  plan: TopologyPlan,
  { journal, ports }: { journal: Journal; ports: PortReserve },
): Promise<Bare[]> {
  const folder = join(journal.workDirectory, `bare-${plan.name}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const env = { PATH: process.env['PATH'] ?? '', [RUN_MARK]: journal.runId };
  const storePort = await ports.take();
  const store: Bare = {
    name: `${plan.name}/redis-server`,
    command: process.env['KEYDRILL_REDIS_SERVER'] || 'redis-server',
    args: ['--port', String(storePort), '--bind', LOOPBACK, '--save', '', '--appendonly', 'no'],
    cwd: folder,
    env,
    answers: () => storeAnswers(storePort),
  };
  const replicas = plan.replicas.map(async (replica): Promise<Bare> => {
    const port = await ports.take();
    const place = {
      replica: replica.name,
      host: LOOPBACK,
      port,
      workDirectory: join(folder, replica.name),
      node: process.execPath,
    };
    const address = { host: LOOPBACK, port: storePort, database: 0, keyPrefix: `${plan.name}:` };
    const launch = launchOf(plan.adapter, { ...replica.state, store: address }, place);
    for (const { path, content } of launch.files) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, content, { mode: 0o600 });
    }
    return {
      name: `${plan.name}/${replica.name}`,
      command: launch.command,
      args: launch.args,
      cwd: launch.directory,
      env: { ...env, ...launch.env },
      answers: () => signerAnswers(port, plan),
    };
  });
  return [store, ...(await Promise.all(replicas))];
}

/** Starts all of them at once, waits until each answers, and ends them again. */
export async function startBare(processes: readonly Bare[]): Promise<BareStart> {
  const from = monotonicMs();
  const children = processes.map(({ command, args, cwd, env }) =>
    spawn(command, args, { cwd, env, stdio: 'ignore' }),
  );
  // By us: a journal finds its processes by their environment, over which redis-server writes its title.
  const leaving = whenLeaving(() => children.forEach((child) => child.kill('SIGKILL')));
  try {
    await Promise.all(processes.map((each, at) => untilAnswers(each, children[at]!)));
    return { tookMs: monotonicMs() - from };
  } finally {
    await Promise.all(children.map(end));
    leaving.done();
  }
}

async function untilAnswers({ name, answers }: Bare, child: ChildProcess): Promise<void> {
  const deadline = monotonicMs() + STARTS_WITHIN_MS;
  while (!(await answers())) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} ended before it answered`);
    if (monotonicMs() > deadline) throw new Error(`${name} did not answer within ${STARTS_WITHIN_MS} ms`);
    await pause(KNOCK_EVERY_MS);
  }
}

const STARTS_WITHIN_MS = 15_000;
const KNOCK_EVERY_MS = 5;

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const storeAnswers = (port: number): Promise<boolean> =>
  new Promise((answered) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.on('error', () => answered(false));
    socket.on('close', () => answered(false));
    socket.on('data', (reply) => {
      answered(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.write('PING\r\n');
  });

/** Knocks first: preparing TLS for a door that is not open yet would take time from the one who is to open it. */
async function signerAnswers(
  port: number,
  { adapter, operators, serverTrust, replicas }: TopologyPlan,
): Promise<boolean> {
  if (!(await isOpen(port))) return false;
  const [operator] = operators(replicas[0]!.state);
  return new Promise((answered) => {
    const asking = request({
      host: LOOPBACK,
      port,
      path: adapter.ready.get,
      agent: false,
      cert: operator!.chain,
      key: operator!.key.reveal(),
      ca: serverTrust.map(({ certificate }) => certificate),
    });
    asking.on('error', () => answered(false));
    asking.on('response', (response) => {
      answered(response.statusCode === adapter.ready.status);
      response.destroy();
    });
    asking.end();
  });
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((known) => {
    const socket = connect({ host: LOOPBACK, port });
    socket.on('connect', () => {
      known(true);
      socket.destroy();
    });
    socket.on('error', () => known(false));
  });
