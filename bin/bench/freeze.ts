import { monotonicMs, pause } from '../../harness/clock.ts';
import type { GateProcess } from './gate-process.ts';
import { whenLeaving } from './leaving.ts';

export const victims = ['replica', 'redis', 'harness'] as const;
export type Victim = (typeof victims)[number];

/** A standstill to come: who, when, and which of several. */
export interface FreezePlan {
  readonly victim: Victim;
  readonly afterMs: number;
  /** From 0 up to 1: where in the list of those that it could be. */
  readonly which: number;
}

const FOR_MS = 1000;

/** Stops one process of a run for a second, and says whom and when; nothing where the run was over before. */
export async function freeze(
  run: GateProcess,
  { victim, afterMs, which }: FreezePlan,
): Promise<{ name: string; atMs: number } | undefined> {
  const from = monotonicMs();
  await waitWhileRunning(run, afterMs);
  for (;;) {
    const candidates = await candidatesIn(run, victim);
    const chosen = candidates[Math.floor(which * candidates.length)];
    if (!run.running()) return undefined;
    if (chosen) {
      const atMs = monotonicMs() - from;
      return (await stopAndGo(chosen.pid)) ? { name: chosen.name, atMs } : undefined;
    }
    // It has not been started yet.
    await waitWhileRunning(run, 20);
  }
}

async function candidatesIn(run: GateProcess, victim: Victim): Promise<{ name: string; pid: number }[]> {
  if (victim === 'harness') return [{ name: 'harness', pid: run.pid }];
  const spawned = (await run.journal()).flatMap((each) => each.spawned);
  return spawned.filter(({ name }) => (victim === 'redis' ? name === 'redis-server' : isReplica(name)));
}

/** The others are one for a topology, and so need no place in it. */
const isReplica = (name: string): boolean => name.includes('/');

async function stopAndGo(pid: number): Promise<boolean> {
  const go = (): void => void send(pid, 'SIGCONT');
  const leaving = whenLeaving(go);
  try {
    if (!send(pid, 'SIGSTOP')) return false;
    await pause(FOR_MS);
    return true;
  } finally {
    go();
    leaving.done();
  }
}

async function waitWhileRunning({ ended }: GateProcess, ms: number): Promise<void> {
  const over = new AbortController();
  const late = pause(ms, over.signal).catch(() => undefined);
  await Promise.race([ended, late]);
  over.abort();
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
