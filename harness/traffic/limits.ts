import { pause } from '../clock.ts';

/** How long something may take, and what may call it off. */
export interface Limits {
  /** Milliseconds from the call on. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What ended something before its time. */
export type StoppedBy = 'deadline' | 'signal';

/** Does the work; calls `stop` when the deadline passes or the signal aborts meanwhile, whichever is first. */
export async function within<T>(
  { deadlineMs, signal }: Limits,
  stop: (by: StoppedBy) => void,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const finished = new AbortController();
  const interrupted = (): void => stop('signal');
  signal?.addEventListener('abort', interrupted, { once: true });
  pause(deadlineMs, finished.signal).then(
    () => stop('deadline'),
    () => undefined,
  );
  try {
    return await work();
  } finally {
    finished.abort('finished');
    signal?.removeEventListener('abort', interrupted);
  }
}
