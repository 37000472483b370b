import { Redis } from 'ioredis';

import { Refusal } from './answers.ts';
import type { StoreConfig } from './config.ts';
import type { Log } from './log.ts';

const RECONNECT_AFTER_MS = 50;

/** The store of used nonces that all replicas share. Whatever it does not plainly grant is refused. */
export class ReplayStore {
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  readonly #log: Log;
  #isUp: boolean | undefined;

  constructor(config: StoreConfig, connectionName: string, log: Log) {
    this.#keyPrefix = config.keyPrefix;
    this.#log = log;
    this.#redis = connect(config, connectionName);
    // A connection that saw an error is not used again: one whose SELECT failed would write to another database.
    this.#redis.on('error', () => this.#redis.disconnect(true));
    this.#redis.on('ready', () => this.#report(this.#redis.stream.writable));
    this.#redis.on('close', () => this.#report(false));
  }

  /** Spends a nonce in one atomic step: true on its first use, false within the TTL of an earlier one. */
  async consume(clientId: string, nonce: string, ttlSeconds: number): Promise<boolean> {
    const key = this.#keyPrefix + JSON.stringify([clientId, nonce]);
    const reply = await this.#set(key, ttlSeconds * 1000);
    if (reply === 'OK') return true;
    if (reply === null) return false;
    throw new Refusal('SIGNER_UNAVAILABLE');
  }

  /** Whether the store answers right now. */
  async isReachable(): Promise<boolean> {
    try {
      return (await this.#redis.ping()) === 'PONG';
    } catch {
      return false;
    }
  }

  /** Ends the connection for good; nothing may be waiting for it any more. */
  close(): void {
    this.#redis.removeAllListeners('close');
    this.#redis.disconnect();
  }

  async #set(key: string, ttlMs: number): Promise<unknown> {
    try {
      return await this.#redis.set(key, '1', 'PX', ttlMs, 'NX');
    } catch {
      throw new Refusal('SIGNER_UNAVAILABLE');
    }
  }

  #report(isUp: boolean): void {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    this.#log(isUp ? 'store-up' : 'store-down');
  }
}

function connect({ host, port, database, timeoutMs }: StoreConfig, connectionName: string): Redis {
  return new Redis({
    host,
    port,
    db: database,
    connectionName,
    disableClientInfo: true,
    // Nothing waits for a store that is away, and nothing is sent twice: the caller gets its refusal at once.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // A store that swallows commands is given up with its connection: only a fresh one can find it healed.
    socketTimeout: timeoutMs,
    disconnectTimeout: timeoutMs,
    retryStrategy: () => RECONNECT_AFTER_MS,
    // After a failover the old connection leads to a replica that will never take a write.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    // The check would wait seconds for a store that is loading; a write to it fails closed by itself.
    enableReadyCheck: false,
  });
}
