import { monotonicMs } from '../../../harness/clock.ts';

/** What a timer of Node can count to. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls back when the time is over and never before it, which Node's own timers do by up to a millisecond. The
 * function it returns calls it off. It keeps no process alive: whatever waits here waits on a connection, which does.
 */
export function after(ms: number, then: () => void): () => void {
  const due = monotonicMs() + ms;
  // Below what Node's timers can tell apart only turns of the event loop are short enough.
  const fine = ms < 1;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const look = (): void => {
    const left = due - monotonicMs();
    if (left <= 0) then();
    else if (fine) turn = setImmediate(look);
    else timer = setTimeout(look, Math.min(Math.ceil(left), LONGEST_MS)).unref();
  };
  look();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
