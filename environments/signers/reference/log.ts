/** Writes one event as one line of JSON on standard output. */
export type Log = (event: string, facts?: Readonly<Record<string, unknown>>) => void;

/** A log whose lines name the replica. Callers give it no header, nonce, secret or signature. */
export function openLog(replica: string): Log {
  return (event, facts = {}) => {
    const line = JSON.stringify({ time: new Date().toISOString(), replica, event, ...facts });
    process.stdout.write(`${line}\n`);
  };
}
