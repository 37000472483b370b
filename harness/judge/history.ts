import { open, type FileHandle } from 'node:fs/promises';
import { prettifyError } from 'zod';
import { UsageError } from '../errors.ts';
import { eventSchema, type HistoryEvent } from './events.ts';

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

/** Reads a saved history, event by event; a line that does not fit names itself. */
export async function* readHistory(path: string): AsyncGenerator<HistoryEvent> {
  await using file = await open(path);
  // One buffer for the whole of it: histories are long, and what each read leaves behind would pile up.
  let buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let held = 0;
  let number = 0;
  for (;;) {
    if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(held)]);
    const { bytesRead } = await file.read(buffer, held, buffer.length - held);
    if (bytesRead === 0) break;
    const filled = buffer.subarray(0, held + bytesRead);
    let from = 0;
    for (let to = filled.indexOf(NEWLINE, held); to >= 0; to = filled.indexOf(NEWLINE, from)) {
      number += 1;
      yield parseLine(filled.toString('utf8', from, to), path, number);
      from = to + 1;
    }
    held = filled.copy(buffer, 0, from);
  }
  if (held > 0) yield parseLine(buffer.toString('utf8', 0, held), path, number + 1);
}

const BUFFER_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

function parseLine(line: string, path: string, number: number): HistoryEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new UsageError(`${path}:${number}: not a line of JSON; a history holds one event a line`);
  }
  const parsed = eventSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${path}:${number}: not an event of a history: ${prettifyError(parsed.error).replaceAll('\n', ' ')}`,
  );
}
