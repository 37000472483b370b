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
  const interrupted = (): void => stop('signal');
  // A bare timer: a promise that is rejected to end it would cost more than all else that is done for a request.
  const timer = setTimeout(() => stop('deadline'), deadlineMs);
  signal?.addEventListener('abort', interrupted, { once: true });
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupted);
  }
}
