import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs } from '../clock.ts';
import { OpenModel, type Source } from './open-model.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A source that notes what is asked of it and ends nothing by itself. */
function source(times: readonly number[], atOnce = 100) {
  const from = monotonicMs();
  const noted = { sent: [] as number[], at: [] as number[], dropped: [] as number[] };
  const ends: (() => void)[] = [];
  return {
    ...noted,
    ends,
    arrivals: times.values(),
    atOnce,
    send(due: number) {
      noted.sent.push(due - from);
      noted.at.push(monotonicMs() - from);
      return new Promise<void>((end) => ends.push(end));
    },
    drop: (due: number) => void noted.dropped.push(due - from),
  } satisfies Source & Record<string, unknown>;
}

test('each is sent when it is due, whether or not those before it have ended', async () => {
  const model = new OpenModel();
  const [first, second] = [source([10, 20.5, 40]), source([15])];
  model.add(first);
  model.add(second);

  await vi.advanceTimersByTimeAsync(25);
  expect([first.sent, second.sent]).toEqual([[10, 20.5], [15]]);
  await vi.advanceTimersByTimeAsync(25);
  expect(first.sent).toEqual([10, 20.5, 40]);
  for (const [index, at] of first.at.entries()) expect(at - first.sent[index]!).toBeLessThan(2);
});

test('what came due in a standstill is sent right after it, under the times it was due', async () => {
  const model = new OpenModel();
  const still = source([10, 20, 30]);
  const send = (due: number): Promise<void> => {
    if (still.sent.length === 0) vi.advanceTimersByTime(100);
    return still.send(due);
  };
  model.add({ ...still, send });

  await vi.advanceTimersByTimeAsync(11);

  expect(still.sent).toEqual([10, 20, 30]);
  expect(still.at[2]).toBeGreaterThan(100);
});

test('what is due while too many are under way is dropped, under the time it was due', async () => {
  const model = new OpenModel();
  const crowded = source([1, 2, 3, 4, 5], 2);
  model.add(crowded);

  await vi.advanceTimersByTimeAsync(3.5);
  crowded.ends[0]!();
  await vi.advanceTimersByTimeAsync(10);

  expect(crowded.sent).toEqual([1, 2, 4]);
  expect(crowded.dropped).toEqual([3, 5]);
});

test('nothing is sent after it was stopped, and it is quiet when what was under way has ended', async () => {
  const model = new OpenModel();
  const stopped = source([1, 2]);
  const flow = model.add(stopped);
  const quiet = vi.fn<() => void>();

  await vi.advanceTimersByTimeAsync(1);
  model.stop();
  void flow.quiet().then(() => quiet());
  await vi.advanceTimersByTimeAsync(10);
  expect(stopped.sent).toEqual([1]);
  expect(quiet).not.toHaveBeenCalled();

  stopped.ends[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(quiet).toHaveBeenCalled();
});

test('an extra one is sent at once, due now, and waited for to its end', async () => {
  const model = new OpenModel();
  const slow = source([50]);
  const flow = model.add(slow);
  const ended = vi.fn<() => void>();

  await vi.advanceTimersByTimeAsync(2);
  void flow.extra().then(() => ended());
  expect(slow.sent).toEqual([2]);
  await vi.advanceTimersByTimeAsync(10);
  expect(ended).not.toHaveBeenCalled();
  slow.ends[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toHaveBeenCalled();
});

test('where nothing comes due any more nothing extra is sent', async () => {
  const model = new OpenModel();
  const over = source([50]);
  const flow = model.add(over);

  model.stop();
  await flow.extra();

  expect(over.sent).toEqual([]);
});

test('what a source throws ends everything and is thrown once', async () => {
  const model = new OpenModel();
  const other = source([10]);
  model.add({ ...source([1]), send: () => Promise.reject(new Error('no such client')) });
  const flow = model.add(other);
  await vi.advanceTimersByTimeAsync(20);

  await flow.quiet();
  expect(other.sent).toEqual([]);
  expect(() => model.throwIfFailed()).toThrow('no such client');
  model.throwIfFailed();
});
