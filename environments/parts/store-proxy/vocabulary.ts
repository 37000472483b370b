import { Redis } from 'ioredis';
import { EnvironmentError, explain } from '../../../harness/errors.ts';
import type { Endpoint } from '../splice.ts';

/** A request that the store would carry out: one of its commands, with as many words as that takes. */
export interface Asked {
  /** In lower case, a subcommand behind its command and a bar: `client|setname`. */
  readonly name: string;
  readonly flags: ReadonlySet<string>;
  readonly hasKeys: boolean;
  readonly isScript: boolean;
  /** Whether it changes data. Of a script nobody can tell, so each is taken to do so but those said to read. */
  readonly writes: boolean;
  readonly words: readonly Buffer[];
}

/** Finds what a request asks for. Nothing is found where the store itself will say what is wrong with it. */
export type Vocabulary = (words: readonly Buffer[]) => Asked | undefined;

interface Entry {
  readonly arity: number;
  readonly flags: ReadonlySet<string>;
  readonly takesKeys: boolean;
  readonly isFamily: boolean;
}

/** A row of the answer to COMMAND: name, arity, flags, first key, last key, step, categories, tips, keys, subcommands. */
type Row = readonly [
  string,
  number,
  readonly string[],
  number,
  number?,
  number?,
  unknown?,
  unknown?,
  unknown?,
  (readonly Row[])?,
];

const SCRIPTS = new Set(['eval', 'evalsha', 'fcall']);
const WITH_COUNTED_KEYS = /^(?:eval|evalsha|fcall)(?:_ro)?$/;

/** Learns the commands of a store from itself, so that they are those of its version. */
export async function vocabularyOf(store: Endpoint): Promise<Vocabulary> {
  const entries = new Map<string, Entry>();
  const enter = (row: Row): void => {
    const [name, arity, flags, firstKey] = row;
    const subcommands = row[9] ?? [];
    const takesKeys = firstKey > 0 || flags.includes('movablekeys');
    entries.set(name, { arity, flags: new Set(flags), takesKeys, isFamily: subcommands.length > 0 });
    subcommands.forEach(enter);
  };
  (await ask(store)).forEach(enter);

  return (words) => {
    const [first = '', second] = words.slice(0, 2).map((word) => word.toString('latin1').toLowerCase());
    const isFamily = entries.get(first)?.isFamily === true && second !== undefined;
    const name = isFamily ? `${first}|${second}` : first;
    const entry = entries.get(name);
    if (!entry) return undefined;
    const { arity, flags, takesKeys } = entry;
    if (arity < 0 ? words.length < -arity : words.length !== arity) return undefined;
    const isScript = SCRIPTS.has(name);
    return {
      name,
      flags,
      isScript,
      hasKeys: takesKeys && !(WITH_COUNTED_KEYS.test(name) && words[2]?.toString('latin1') === '0'),
      writes: flags.has('write') || isScript,
      words,
    };
  };
}

async function ask(store: Endpoint): Promise<readonly Row[]> {
  const redis = new Redis({
    ...store,
    lazyConnect: true,
    protocol: 2,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.call('COMMAND')) as readonly Row[];
  } catch (cause) {
    const where = `${store.host}:${store.port}`;
    throw new EnvironmentError(
      `Cannot learn the commands of the store at ${where}: ${explain(cause)}; start it first`,
      { cause },
    );
  } finally {
    redis.disconnect();
  }
}
