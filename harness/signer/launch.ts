import { resolve } from 'node:path';
import type { Adapter } from './adapter.ts';
import type { DesiredState } from './desired-state.ts';
import { asText, fill, type Placeholders } from './placeholders.ts';

/** Where a replica is to run. */
export interface Place {
  readonly replica: string;
  readonly host: string;
  readonly port: number;
  readonly workDirectory: string;
  readonly node: string;
}

/** A program with its arguments. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** All that is needed to start a replica in a desired state. It holds secrets in the clear: never log it. */
export interface Launch extends Command {
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly files: readonly ConfigurationFile[];
  /** What tells a running replica of a change, where that is a command. */
  readonly tells?: Command;
}

export interface ConfigurationFile {
  readonly path: string;
  readonly content: string;
}

/** Turns a desired state into what the adapter says this kind of signer is started with. */
export function launchOf(adapter: Adapter, state: DesiredState, place: Place): Launch {
  const values = placeholders(adapter, state, place);
  return {
    ...commandOf(adapter.start.command, values),
    ...(adapter.apply.by === 'command' && { tells: commandOf(adapter.apply.command, values) }),
    env: Object.fromEntries(
      Object.entries(adapter.start.env).map(([name, value]) => [name, asText(fill(value, values))]),
    ),
    directory:
      adapter.start.directory === undefined
        ? adapter.directory
        : resolve(adapter.directory, asText(fill(adapter.start.directory, values))),
    files: [
      { path: values.certificateFile, content: state.server.chain },
      { path: values.keyFile, content: state.server.key.reveal() },
      {
        path: values.clientCaFile,
        content: state.clientTrust.map(({ certificate }) => certificate.trimEnd()).join('\n') + '\n',
      },
      ...adapter.files.map(({ path, content }) => ({
        path: resolve(place.workDirectory, asText(fill(path, values))),
        content: asText(fill(content, values)),
      })),
    ],
  };
}

function commandOf(template: readonly string[], values: Placeholders): Command {
  const [command = '', ...args] = template.map((part) => asText(fill(part, values)));
  return { command, args };
}

function placeholders(adapter: Adapter, state: DesiredState, place: Place): Placeholders {
  const { host, port, database, keyPrefix } = state.store;
  return {
    replica: place.replica,
    host: place.host,
    port: place.port,
    // Own properties throughout, also for a client called __proto__.
    clients: Object.fromEntries(
      state.clients.map(({ id, secrets }) => [id, { hmacSecrets: secrets.map((secret) => secret.reveal()) }]),
    ),
    clientSecrets: Object.fromEntries(state.clients.map(({ id, secrets }) => [id, secrets.at(-1)?.reveal()])),
    requireMtls: state.requireMtls,
    timestampMaxAgeMs: state.timestampMaxAgeMs,
    nonceTtlSeconds: state.nonceTtlSeconds,
    certificateFile: resolve(place.workDirectory, 'server.crt'),
    keyFile: resolve(place.workDirectory, 'server.key'),
    clientCaFile: resolve(place.workDirectory, 'client-ca.crt'),
    redisHost: host,
    redisPort: port,
    redisDatabase: database,
    redisUrl: `redis://${host}:${port}/${database}`,
    keyPrefix,
    adapter: adapter.directory,
    work: place.workDirectory,
    node: place.node,
  };
}
