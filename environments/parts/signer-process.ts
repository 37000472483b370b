import { monotonicMs, pause } from '../../harness/clock.ts';
import { EnvironmentError } from '../../harness/errors.ts';
import type { ReplicaPlan, TopologyPlan } from '../../harness/run/environment.ts';
import type { DesiredState, StoreAddress } from '../../harness/signer/desired-state.ts';
import type { Launch } from '../../harness/signer/launch.ts';
import { openConnection } from '../../harness/traffic/connection.ts';
import { startChild, type Child } from './child.ts';
import type { Journal } from './journal.ts';
import { knock } from './knock.ts';
import type { OutputLog } from './output-log.ts';
import { LOOPBACK } from './ports.ts';
import { type Probe, untilReady } from './until-ready.ts';

/** What one replica is started from. */
export interface ReplicaStart {
  readonly plan: TopologyPlan;
  readonly replica: ReplicaPlan;
  readonly store: StoreAddress;
  /** Until then the signer finds nobody at the store's address. */
  readonly storeUp: Promise<unknown>;
  readonly port: number;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** Starts a signer in a state and waits until it is ready in it. What it prints is given away first. */
export async function startSigner(
  launch: Launch,
  state: DesiredState,
  start: ReplicaStart & { readonly prints: (output: OutputLog) => void },
): Promise<Child> {
  const { plan, replica, journal, signal, prints } = start;
  const { adapter } = plan;
  const child = await startChild({
    name: `${plan.name}/${replica.name}`,
    command: launch.command,
    args: launch.args,
    env: launch.env,
    cwd: launch.directory,
    journal,
    remedy: `put right start.command in ${adapter.path}`,
    signal,
  });
  prints(child.output);
  try {
    await ready(child, start, asksIn(state, start, { connects: true }));
    return child;
  } catch (error) {
    await child.stop();
    throw worded(error, `Signer "${adapter.name}" does not start`);
  }
}

/** Waits until a signer that was told of a change answers; it may have ended over it, or hang. */
export async function stillAnswers(child: Child, state: DesiredState, start: ReplicaStart): Promise<void> {
  try {
    await ready(child, start, asksIn(state, start));
  } catch (error) {
    throw worded(error, `Signer "${start.plan.adapter.name}" does not survive a change`);
  }
}

const worded = (error: unknown, what: string): unknown =>
  error instanceof EnvironmentError ? new EnvironmentError(`${what}: ${error.message}`) : error;

function ready(child: Child, { plan, signal }: ReplicaStart, probe: Probe): Promise<void> {
  const deadlineMs = plan.adapter.bounds.startsWithinMs;
  return untilReady(child, probe, { deadlineMs, redact: plan.redact, signal });
}

/** Asks whether the signer is ready, as one who is trusted in this state; one that has just started has yet to connect. */
function asksIn(
  state: DesiredState,
  { plan, port, storeUp }: ReplicaStart,
  { connects = false } = {},
): Probe {
  const { adapter, serverTrust } = plan;
  const operators = plan.operators(state);
  // In turn: a replica that cannot read its whole trust bundle is running none the less.
  let turn = 0;
  return async (signal) => {
    if (!(await knock({ host: LOOPBACK, port }))) return false;
    const limits = { deadlineMs: adapter.bounds.startsWithinMs, signal };
    const identity = operators[turn % operators.length];
    turn += 1;
    const connection = await openConnection({
      host: LOOPBACK,
      port,
      ...(identity && { identity }),
      serverTrust,
      ...limits,
    });
    if (connection.kind === 'unopened') return false;
    await using open = connection;
    const statusOf = async (target: string): Promise<number | undefined> => {
      const answer = await open.send({ method: 'GET', target, headers: [], body: new Uint8Array() }, limits);
      return answer.kind === 'answer' ? answer.status : undefined;
    };
    if ((await statusOf(adapter.ready.get)) !== adapter.ready.status) return false;
    if (connects) {
      await storeUp;
      await connected(() => statusOf(adapter.readiness.get), signal);
    }
    return true;
  };
}

/** Nobody sends traffic to a replica that says it cannot serve yet. One that goes on saying so is judged by what it does. */
async function connected(readiness: () => Promise<number | undefined>, signal: AbortSignal): Promise<void> {
  const until = monotonicMs() + CONNECTS_WITHIN_MS;
  while ((await readiness()) === 503 && monotonicMs() < until) await pause(5, signal);
}

/** Far longer than it takes to connect to a store that is there. */
const CONNECTS_WITHIN_MS = 1000;
