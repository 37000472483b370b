import { pause } from '../../harness/clock.ts';

/** Whether a promise settles within a time; the timer goes as soon as it does. */
export async function settles(promise: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const watch = signal ? AbortSignal.any([over.signal, signal]) : over.signal;
  const late = pause(ms, watch).then(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    over.abort();
  }
}
