import { setTimeout as later } from 'node:timers/promises';

/** The one door for time. Everything else asks here, so that a run has one clock and tests can see who reads it. */

/** Milliseconds on a clock that never jumps. All times in a history are on this clock. */
export const monotonicMs = (): number => performance.now();

/** Milliseconds since 1970 on the machine's clock, which is what a signer compares timestamps with. */
export const wallClockMs = (): number => Date.now();

/** Rejects when the signal aborts, so that an interrupted run never waits out its intervals. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await later(Math.max(0, ms), undefined, signal ? { signal } : {});
}

/** A moment as a name for a file: sortable, in UTC, without characters that a shell or a file system minds. */
export const timeStamp = (epochMs: number): string => isoTime(epochMs).replaceAll(/[-:]|\.\d+/g, '');

/** A moment as ISO 8601 writes it. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();
