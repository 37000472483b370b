import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/** The last output of a program, whole lines kept apart by stream, bounded however much it prints. */
export interface OutputLog {
  /** All that is kept, with lines that are not finished yet. */
  text(): string;
  /** The last lines, for a message. */
  tail(lines: number): string[];
  /** How many characters had to be let go. */
  dropped(): number;
}

const SEGMENT = 64 * 1024;

/** Keeps what the streams print, at least the last `limit` characters and at most a segment more. */
export function keepOutput(streams: readonly Readable[], limit = 8 * 1024 * 1024): OutputLog {
  const segments = [''];
  const unfinished = streams.map(() => '');
  let kept = 0;
  let dropped = 0;

  const keep = (text: string): void => {
    if ((segments.at(-1)?.length ?? 0) >= SEGMENT) segments.push('');
    segments[segments.length - 1] += text;
    kept += text.length;
    while (segments.length > 1 && kept - (segments[0]?.length ?? 0) >= limit) {
      const gone = segments.shift()?.length ?? 0;
      kept -= gone;
      dropped += gone;
    }
  };

  for (const [index, stream] of streams.entries()) {
    const decoder = new StringDecoder();
    const take = (text: string): void => {
      const pending = unfinished[index] + text;
      // A line that never ends must not be kept without a bound either.
      const end = pending.length > SEGMENT ? pending.length : pending.lastIndexOf('\n') + 1;
      if (end > 0) keep(pending.slice(0, end));
      unfinished[index] = pending.slice(end);
    };
    stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
    stream.once('end', () => take(decoder.end()));
  }

  const text = (): string => [...segments, ...unfinished].join('');
  return {
    text,
    tail: (lines) => text().trimEnd().split('\n').slice(-lines),
    dropped: () => dropped,
  };
}
