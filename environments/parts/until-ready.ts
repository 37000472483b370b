import { pause } from '../../harness/clock.ts';
import { EnvironmentError } from '../../harness/errors.ts';
import { ending, type Child } from './child.ts';
import { lastWords } from './last-words.ts';

/** How long to wait for a program, how to see that it is ready, and what its output must not show to a reader. */
export interface Readiness {
  readonly deadlineMs: number;
  readonly redact: (text: string) => string;
  readonly signal?: AbortSignal | undefined;
}

/** Asks whether the program is ready. The signal aborts when the answer no longer matters. */
export type Probe = (signal: AbortSignal) => Promise<boolean>;

/** Waits until the probe says yes; throws at once when the program ends, and at the deadline when it never does. */
export async function untilReady(child: Child, probe: Probe, readiness: Readiness): Promise<void> {
  const { deadlineMs, redact, signal } = readiness;
  const over = new AbortController();
  const watch = signal ? AbortSignal.any([over.signal, signal]) : over.signal;
  const ready = async (): Promise<'ready'> => {
    while (!(await probe(watch))) await pause(5, watch);
    return 'ready';
  };
  const late = pause(deadlineMs, watch).then(() => 'late' as const);
  try {
    const first = await Promise.race([child.exited, ready(), late]);
    if (first === 'ready') return;
    const what =
      first === 'late' ? `was not ready within ${deadlineMs} ms` : `${ending(first)} before it was ready`;
    throw new EnvironmentError(`${child.name} ${what}; ${lastWords(child.output, redact)}`);
  } finally {
    over.abort();
  }
}
