import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import type { HistoryEvent } from './events.ts';
import { History, readHistory } from './history.ts';
import { judge } from './judge.ts';
import { rehearse } from './traffic.fixture.ts';
import { View } from './view.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keydrill-history-'));
  path = join(directory, 'history.jsonl');
});
afterEach(() => rm(directory, { recursive: true }));

const stopped = (): number => 0;
const read = (file: string): HistoryEvent[] => [...readHistory(file)];
const ended = (at: number): HistoryEvent => ({ type: 'end', at, complete: true });

describe('a history in a file', () => {
  test('is one event a line, for its owner only, and reads back as it was', async () => {
    const { events } = rehearse('written', { calm: false }).story;
    const history = await History.inFile(path, stopped);
    for (const event of events) history.append(event);
    await history.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
    expect(read(path)).toEqual(events);
  });

  test('is judged like the run that was watched', async () => {
    for (const calm of [true, false]) {
      const file = join(directory, `${calm}.jsonl`);
      const { events } = rehearse('watched', { calm, defect: 'memory-per-replica' }).story;
      const history = await History.inFile(file, stopped);
      const live = new View(signerAuthV1);
      history.listen((event) => live.add(event));
      for (const event of events) history.append(event);
      await history.close();
      const saved = new View(signerAuthV1);
      for (const event of readHistory(file)) saved.add(event);
      expect(judge(saved)).toEqual(judge(live));
      if (calm) expect(judge(saved).totals.must.fail).toBeGreaterThan(0);
    }
  });

  test('never takes the place of another', async () => {
    await writeFile(path, 'what was there before\n');
    await expect(History.inFile(path, stopped)).rejects.toThrow(/EEXIST/);
    expect(await readFile(path, 'utf8')).toBe('what was there before\n');
  });

  test('is written while the run goes on, in order, whatever the pace', async () => {
    const history = await History.inFile(path, stopped);
    for (let at = 0; at < 50; at += 1) {
      history.append(ended(at));
      if (at % 7 === 0) await new Promise(setImmediate);
    }
    await history.close();
    expect(read(path).map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  test('that could not be written to says so when it is closed, and not before', async () => {
    const history = await History.inFile(path, stopped);
    await history.close();
    history.append(ended(1));
    await expect(history.close()).rejects.toThrow(/file closed|EBADF/);
  });
});

describe('the clock of a history', () => {
  test('begins at nought and counts microseconds at most', () => {
    let now = 5000.123_456;
    const history = History.unwritten(() => now);
    expect(history.at()).toBe(0);
    now += 1.234_567_8;
    expect(history.at()).toBe(1.235);
    expect(history.at(5002.123_456)).toBe(2);
  });
});

test('everybody who listens hears every event, and nothing is kept where nothing is written', async () => {
  const history = History.unwritten(stopped);
  const heard: number[][] = [[], []];
  for (const list of heard) history.listen(({ at }) => list.push(at));
  history.append(ended(1));
  history.append(ended(2));
  await history.close();
  expect(heard).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

describe('a file that is no history is refused by line', () => {
  const begun = '{"type":"end","at":1,"complete":true}';

  test.each([
    [
      'half a line',
      '{"type":"end","at":2,"comp',
      /:2: not a line of JSON; a history holds one event a line$/,
    ],
    ['an empty line', '', /:2: not a line of JSON/],
    ['an unknown event', '{"type":"picnic","at":2}', /:2: not an event of a history: .*type/],
    ['an unknown field', '{"type":"end","at":2,"complete":true,"secret":"x"}', /:2: .*"secret"/],
    ['a field of another kind', '{"type":"end","at":"soon","complete":true}', /:2: .*at/],
    ['a missing field', '{"type":"end","at":2}', /:2: .*complete/],
    ['no object', '7', /:2: not an event of a history/],
  ])('%s', async (_what, line, message) => {
    await writeFile(path, `${begun}\n${line}\n`);
    const reading = () => read(path);
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message);
    expect(reading).not.toThrow(/\n/);
    expect(reading).toThrow(path);
  });

  test('also where lines are longer than what is read at once', async () => {
    const long = JSON.stringify({
      type: 'precondition',
      at: 1,
      id: 'x',
      holds: true,
      evidence: 'é'.repeat(100_000),
    });
    await writeFile(path, `${begun}\n${long}\n${long}\n${begun}`);
    expect(read(path)).toEqual([begun, long, long, begun].map((line) => JSON.parse(line) as unknown));
    await writeFile(path, `${long}\n${long}\nnonsense`);
    expect(() => read(path)).toThrow(`${path}:3: not a line of JSON`);
  });

  test('also where half a character is all that there is of it', async () => {
    await writeFile(path, Buffer.from(`${begun}\né`).subarray(0, -1));
    expect(() => read(path)).toThrow(`${path}:2: not a line of JSON`);
  });

  test('what comes before it is read all the same', async () => {
    await writeFile(path, `${begun}\nnonsense\n`);
    const [first] = readHistory(path);
    expect(first).toEqual(JSON.parse(begun));
  });
});
