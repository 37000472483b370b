import { closeSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { HistoryEvent } from './events.ts';
import { parseLine } from './history-line.ts';

/** Events come by the hundred; each batch is one write. What a `kill -9` can take with it is no more than this. */
const GATHER_MS = 20;

/** The append-only record of one run. Whoever wants to know what happened listens here or reads the file. */
export class History {
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #listeners: ((event: HistoryEvent) => void)[] = [];
  readonly #file: FileHandle | undefined;
  #unwritten = '';
  #due: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(now: () => number, file?: FileHandle) {
    this.#now = now;
    this.#startedAt = now();
    this.#file = file;
  }

  /** Kept in memory by its listeners only. */
  static unwritten(now: () => number): History {
    return new History(now);
  }

  /** Written to a new file that only its owner may read. */
  static async inFile(path: string, now: () => number): Promise<History> {
    return new History(now, await open(path, 'wx', 0o600));
  }

  /** This moment, or another moment of the same clock, in the run's own time. */
  at(moment: number = this.#now()): number {
    return round(moment - this.#startedAt);
  }

  listen(listener: (event: HistoryEvent) => void): void {
    this.#listeners.push(listener);
  }

  append(event: HistoryEvent): void {
    for (const listener of this.#listeners) listener(event);
    if (this.#file === undefined) return;
    this.#unwritten += `${JSON.stringify(event)}\n`;
    this.#due ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#file?.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #flush(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const lines = this.#unwritten;
    this.#unwritten = '';
    // Kept for close(): an event must not fail because the disk is full, the run must.
    await this.#file?.appendFile(lines).catch((error: unknown) => (this.#failure ??= error));
  }
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/**
 * Reads a saved history, event by event; a line that does not fit names itself. Nobody has anything else to do meanwhile,
 * and to wait for each of a million lines would take longer than to read them.
 */
export function* readHistory(path: string): Generator<HistoryEvent> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const decoder = new StringDecoder('utf8');
    let number = 0;
    let unfinished = '';
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = decoder.write(chunk.subarray(0, size)).split('\n');
      lines[0] = unfinished + lines[0];
      unfinished = lines.pop() ?? '';
      for (const line of lines) {
        number += 1;
        yield parseLine(line, path, number);
      }
    }
    unfinished += decoder.end();
    if (unfinished !== '') yield parseLine(unfinished, path, number + 1);
  } finally {
    closeSync(file);
  }
}

const CHUNK_BYTES = 64 * 1024;
