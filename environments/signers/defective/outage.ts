import type { Defect } from './defect.ts';

/** What becomes of requests while the replay store is out, and afterwards. */
export const outage: readonly Defect[] = [
  {
    id: 'store-failure-lets-the-request-in',
    clause: 'replay/fail-closed',
    case: 'replay-store-outage-fails-closed',
    summary: 'An error of the store is caught so that clients do not suffer from it.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: `return await this.#redis.set(key, '1', 'PX', ttlMs, 'NX');
    } catch {
      throw new Refusal('SIGNER_UNAVAILABLE');`,
        wrong: `return await this.#redis.set(key, '1', 'PX', ttlMs, 'NX');
    } catch {
      return 'OK';`,
      },
    ],
  },
  {
    id: 'requests-wait-for-the-store-to-return',
    clause: 'replay/fail-closed',
    case: 'replay-store-outage-fails-closed',
    summary: 'Commands queue up while there is no connection, and clients with them.',
    edits: [
      { file: 'replay-store.ts', correct: 'enableOfflineQueue: false,', wrong: 'enableOfflineQueue: true,' },
      { file: 'replay-store.ts', correct: 'maxRetriesPerRequest: 0,', wrong: 'maxRetriesPerRequest: null,' },
      { file: 'replay-store.ts', correct: '    commandTimeout: timeoutMs,\n', wrong: '' },
    ],
  },
  {
    id: 'store-is-never-found-again',
    clause: 'replay/recovers',
    case: 'replay-store-outage-ends-without-a-restart',
    summary: 'A connection that was lost is not opened anew.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'retryStrategy: () => RECONNECT_AFTER_MS,',
        wrong: 'retryStrategy: () => null,',
      },
      {
        file: 'replay-store.ts',
        correct: "this.#redis.on('error', () => this.#redis.disconnect(true));",
        wrong: "this.#redis.on('error', () => undefined);",
      },
    ],
  },
  {
    id: 'memory-takes-over-and-stays',
    clause: 'replay/recovers',
    case: 'replay-store-outage-ends-without-a-restart',
    summary: 'After one failure of the store each replica keeps nonces to itself until it is restarted.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'const RECONNECT_AFTER_MS = 50;',
        wrong: `const RECONNECT_AFTER_MS = 50;
const spent = new Set<string>();
let fallenBack = false;`,
      },
      {
        file: 'replay-store.ts',
        correct: 'const reply = await this.#set(key, ttlSeconds * 1000);',
        wrong: `const reply = fallenBack
      ? spent.has(key) ? null : 'OK'
      : await this.#set(key, ttlSeconds * 1000).catch((error: unknown) => {
          fallenBack = true;
          throw error;
        });
    spent.add(key);`,
      },
    ],
  },
];
