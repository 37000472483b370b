import type { Defect } from './defect.ts';

/** What operators rely on: readiness, and changes that take effect. */
export const operation: readonly Defect[] = [
  {
    id: 'readiness-is-liveness',
    clause: 'ready/truthful',
    case: 'readiness-follows-the-replay-store',
    summary: 'A replica calls itself ready as long as it can answer at all.',
    edits: [
      {
        file: 'exchange.ts',
        correct: 'const isReady = await store.isReachable();',
        wrong: 'const isReady = true;',
      },
    ],
  },
  {
    id: 'reload-keeps-the-old-clients',
    clause: 'reload/without-restart',
    case: 'secret-added-without-a-restart',
    summary: 'A reload takes over certificates and limits, and clients wait for a restart.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: 'this.#config = { ...next, clients: this.#config.clients };',
      },
    ],
  },
  {
    id: 'reload-only-adds-secrets',
    clause: 'reload/without-restart',
    case: 'secret-removed-without-a-restart',
    summary: 'What was allowed once stays allowed until the process ends, a leaked secret among it.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `const clients = new Map(next.clients);
    for (const [id, { hmacSecrets }] of this.#config.clients) {
      const allowed = new Set([...hmacSecrets, ...(clients.get(id)?.hmacSecrets ?? [])]);
      clients.set(id, { id, hmacSecrets: [...allowed] });
    }
    this.#config = { ...next, clients };`,
      },
    ],
  },
];
