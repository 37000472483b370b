/** Writes one event as one line of JSON on standard output. */
export type Log = (event: string, facts?: Readonly<Record<string, unknown>>) => void;

const TOGETHER_MS = 5;

/** A log whose lines name the replica. Callers give it no header, nonce, secret or signature. */
export function openLog(replica: string): Log {
  let lines = '';
  const write = (): void => {
    process.stdout.write(lines);
    lines = '';
  };
  process.once('exit', write);

  return (event, facts = {}) => {
    // Under load several at once: each write to a pipe waits for it, and wakes whoever reads.
    if (lines === '') setTimeout(write, TOGETHER_MS);
    lines += `${JSON.stringify({ time: new Date().toISOString(), replica, event, ...facts })}\n`;
  };
}
