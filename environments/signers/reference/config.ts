import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import {
  anyObject,
  ConfigError,
  filledList,
  filledText,
  objectWith,
  oneOf,
  wholeNumber,
  yesOrNo,
} from './fields.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export { ConfigError };

/** Everything a running signer goes by. One value, so that a reload swaps all of it or nothing. */
export interface Config {
  readonly replica: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: TlsFiles;
  readonly requireMtls: boolean;
  readonly timestampMaxAgeMs: number;
  readonly nonceTtlSeconds: number;
  readonly clients: ReadonlyMap<string, Client>;
  readonly replayStore: StoreConfig;
  readonly reload: Reload;
}

/** What makes a running signer read its files again. */
export type Reload = (typeof RELOADS)[number];

/** A client that may sign, with any of its secrets. */
export interface Client {
  readonly id: string;
  readonly hmacSecrets: readonly string[];
}

/** Where nonces are consumed, shared by all replicas. */
export interface StoreConfig {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly keyPrefix: string;
  readonly timeoutMs: number;
}

const RELOADS = ['signal', 'watch', 'command'] as const;
const HIGHEST_PORT = 65_535;
const LONGEST_MS = 86_400_000;

/** Reads the configuration and the files it names, and refuses it whole where one part cannot be used. */
export function readConfig(file: string): Config {
  const root = objectWith(readJson(file), 'the file', [
    'replica',
    'listen',
    'tls',
    'requireMtls',
    'timestampMaxAgeMs',
    'nonceTtlSeconds',
    'clients',
    'replayStore',
    'reload',
  ]);
  const timestampMaxAgeMs = wholeNumber(root.timestampMaxAgeMs, 'timestampMaxAgeMs', 1, LONGEST_MS);
  const nonceTtlSeconds = wholeNumber(root.nonceTtlSeconds, 'nonceTtlSeconds', 1, LONGEST_MS / 500);

  // A request may be dated one maximum age ahead and stays fresh for another: its nonce must outlive both.
  if (nonceTtlSeconds * 1000 < 2 * timestampMaxAgeMs) {
    throw new ConfigError('Config is not usable: nonceTtlSeconds must cover twice timestampMaxAgeMs');
  }

  return {
    replica: filledText(root.replica, 'replica'),
    listen: readListen(root.listen),
    tls: readTlsFiles(root.tls, (path) => resolve(dirname(file), path)),
    requireMtls: yesOrNo(root.requireMtls, 'requireMtls'),
    timestampMaxAgeMs,
    nonceTtlSeconds,
    clients: readClients(root.clients),
    replayStore: readStore(root.replayStore),
    reload: oneOf(root.reload, 'reload', RELOADS),
  };
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`Cannot read the config file ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the fault, and the text holds secrets.
    throw new ConfigError(`Config is not usable: ${file} is not JSON`);
  }
}

function readListen(value: unknown): Config['listen'] {
  const listen = objectWith(value, 'listen', ['host', 'port']);
  return {
    host: filledText(listen.host, 'listen.host'),
    port: wholeNumber(listen.port, 'listen.port', 1, HIGHEST_PORT),
  };
}

/** A Map, because a plain object would know clients such as `constructor` that nobody registered. */
function readClients(value: unknown): Map<string, Client> {
  const clients = new Map<string, Client>();
  for (const [id, entry] of Object.entries(anyObject(value, 'clients'))) {
    // A client is named by its place: its id is content.
    const place = `clients, entry ${clients.size + 1}`;
    const { hmacSecrets } = objectWith(entry, place, ['hmacSecrets']);
    const secrets = filledList(hmacSecrets, `${place}, hmacSecrets`);
    clients.set(filledText(id, `${place}, its id`), {
      id,
      hmacSecrets: secrets.map((secret) => filledText(secret, `${place}, each of hmacSecrets`)),
    });
  }
  return clients;
}

function readStore(value: unknown): StoreConfig {
  const store = objectWith(value, 'replayStore', ['host', 'port', 'database', 'keyPrefix', 'timeoutMs']);
  return {
    host: filledText(store.host, 'replayStore.host'),
    port: wholeNumber(store.port, 'replayStore.port', 1, HIGHEST_PORT),
    database: wholeNumber(store.database, 'replayStore.database', 0, Number.MAX_SAFE_INTEGER),
    keyPrefix: filledText(store.keyPrefix, 'replayStore.keyPrefix'),
    timeoutMs: wholeNumber(store.timeoutMs, 'replayStore.timeoutMs', 1, LONGEST_MS),
  };
}
