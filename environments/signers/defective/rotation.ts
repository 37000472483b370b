import type { Defect } from './defect.ts';

const SECRETS = 'hmac-secret-rotation';
const BUNDLE = 'trust-bundle-rotation';

/** What was allowed before a reload beside what it brings. */
const OLD_AND_NEW = `const clients = new Map(next.clients);
    for (const [id, { hmacSecrets }] of this.#config.clients) {
      const allowed = new Set([...(clients.get(id)?.hmacSecrets ?? []), ...hmacSecrets]);
      clients.set(id, { id, hmacSecrets: [...allowed] });
    }`;

/** What only a change under traffic brings out. */
export const rotation: readonly Defect[] = [
  {
    id: 'removed-secret-lingers',
    clause: 'rotation/removed-secret',
    case: `${SECRETS}.to-the-end`,
    summary: 'Secrets are kept in a cache for some seconds after they were removed.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `${OLD_AND_NEW}
    const cached = { ...next, clients };
    this.#config = cached;
    setTimeout(() => {
      if (this.#config === cached) this.#config = next;
    }, 3000);`,
      },
    ],
  },
  {
    id: 'reload-cuts-connections',
    clause: 'rotation/no-downtime',
    case: `${SECRETS}.to-the-end`,
    summary: 'A reload ends every connection, whatever is under way on it.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: 'this.#config = next;\n    this.#server.closeAllConnections();',
      },
    ],
  },
  {
    id: 'reload-closes-the-port-for-a-moment',
    clause: 'rotation/no-downtime',
    case: `${SECRETS}.to-the-end`,
    summary: 'A reload closes the listening socket and opens it again a moment later.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `this.#config = next;
    this.#server.close();
    setTimeout(() => this.listen(() => process.exit(1)), 150);`,
      },
    ],
  },
  {
    id: 'reload-ends-the-process',
    clause: 'rotation/no-downtime',
    case: `${SECRETS}.to-the-end`,
    summary: 'The second reload trips over what the first one left behind.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: 'if (Object.isFrozen(this.#config)) process.exit(1);\n    this.#config = Object.freeze(next);',
      },
    ],
  },
  {
    id: 'one-secret-for-each-client',
    clause: 'rotation/overlap',
    case: `${SECRETS}.to-the-end`,
    summary: 'A reload keeps the last secret of each list, so that the one before it dies in the overlap.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `const clients = new Map([...next.clients].map(([id, { hmacSecrets }]) => [id, { id, hmacSecrets: hmacSecrets.slice(-1) }]));
    this.#config = { ...next, clients };`,
      },
    ],
  },
  {
    id: 'hears-only-the-first-change',
    clause: 'rotation/every-change',
    case: 'hmac-secret-rotation-twice.to-the-end',
    summary: 'The handler of a change is not set up again after it has run.',
    edits: [
      {
        file: 'signer.ts',
        correct: "if (config.reload === 'signal') onHangUp = reload;",
        wrong: `if (config.reload === 'signal')
    onHangUp = () => {
      onHangUp = () => undefined;
      reload();
    };`,
      },
    ],
  },
  {
    id: 'one-replica-hears-nothing',
    clause: 'rotation/replicas-agree',
    case: `${SECRETS}.to-the-end`,
    summary: 'The word to reload reaches one replica only.',
    edits: [
      {
        file: 'signer.ts',
        correct: "if (config.reload === 'signal') onHangUp = reload;",
        wrong: "if (config.reload === 'signal' && config.replica === 'replica-1') onHangUp = reload;",
      },
    ],
  },
  {
    id: 'reload-disables-mtls',
    clause: 'mtls/required',
    case: `${SECRETS}.to-the-end`,
    summary: 'A reload takes the default of a setting that it does not read again.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: 'this.#config = { ...next, requireMtls: false };',
      },
    ],
  },
  {
    id: 'open-connections-outlive-their-authority',
    clause: 'rotation/removed-authority',
    case: `${BUNDLE}.to-the-end`,
    summary: 'A certificate is judged in the handshake and never again.',
    edits: [
      {
        file: 'server.ts',
        correct: 'peerIsAuthenticated: () => this.#config.tls.clientTrust.authenticates(peer),',
        wrong: `peerIsAuthenticated: () =>
        peer.isSessionReused() ? this.#config.tls.clientTrust.authenticates(peer) : peer.authorized,`,
      },
    ],
  },
  {
    id: 'sessions-outlive-their-authority',
    clause: 'rotation/removed-authority',
    case: `${BUNDLE}.to-the-end`,
    summary:
      'Tickets have a key of their own that no change of trust replaces, and a resumed session is not judged again.',
    edits: [
      {
        file: 'server.ts',
        correct: 'return { cert: tls.certificate, key: tls.key, ca: tls.clientCa };',
        wrong:
          'return { cert: tls.certificate, key: tls.key, ca: tls.clientCa, ticketKeys: Buffer.alloc(48, 7) };',
      },
      {
        file: 'server.ts',
        correct: 'peerIsAuthenticated: () => this.#config.tls.clientTrust.authenticates(peer),',
        wrong: `peerIsAuthenticated: () =>
        peer.isSessionReused() || this.#config.tls.clientTrust.authenticates(peer),`,
      },
    ],
  },
  {
    id: 'bundle-first-certificate-only',
    clause: 'rotation/overlap',
    case: `${BUNDLE}.to-the-end`,
    summary: 'Of a bundle only the first certificate is read.',
    edits: [
      {
        file: 'tls-files.ts',
        correct: "new ClientTrust(certificatesIn(clientCa, 'tls.clientCaFile'))",
        wrong: "new ClientTrust(certificatesIn(clientCa, 'tls.clientCaFile').slice(0, 1))",
      },
    ],
  },
  {
    id: 'server-certificate-waits-for-a-restart',
    clause: 'rotation/server-certificate',
    case: 'server-certificate-renewal.to-the-end',
    summary: 'A reload takes over clients, limits and trust, and the server certificate waits for a restart.',
    edits: [{ file: 'server.ts', correct: 'this.#server.setSecureContext(tlsOptions(next));', wrong: '' }],
  },
];

/** What only the way back brings out. */
export const rollback: readonly Defect[] = [
  {
    id: 'rollback-forgets-nonces',
    clause: 'rollback/nonces-stay-spent',
    case: `${SECRETS}.back-at-once-after-remove-current`,
    summary: 'Keys in the replay store are named after the configuration, and an old one leads to old names.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `const name = JSON.stringify([...next.clients]);
    if (this.#seen.has(name)) this.#store.renameKeys();
    this.#seen.add(name);
    this.#config = next;`,
      },
      {
        file: 'server.ts',
        correct: '  #requestsInHand = 0;',
        wrong: '  #requestsInHand = 0;\n  readonly #seen = new Set<string>();',
      },
      {
        file: 'server.ts',
        correct: '    this.#config = config;\n    this.#store = store;',
        wrong:
          '    this.#config = config;\n    this.#seen.add(JSON.stringify([...config.clients]));\n    this.#store = store;',
      },
      {
        file: 'replay-store.ts',
        correct: '  readonly #keyPrefix: string;',
        wrong: "  #keyPrefix: string;\n\n  renameKeys(): void {\n    this.#keyPrefix += 'again:';\n  }\n",
      },
    ],
  },
  {
    id: 'newest-secret-survives-a-rollback',
    clause: 'rollback/restores',
    case: `${SECRETS}.back-at-once-after-allow-next`,
    summary: 'A reload adds secrets and takes none away.',
    edits: [
      {
        file: 'server.ts',
        correct: 'this.#config = next;',
        wrong: `${OLD_AND_NEW}
    this.#config = { ...next, clients };`,
      },
    ],
  },
];
