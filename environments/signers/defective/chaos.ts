import type { Defect, Edit } from './defect.ts';

const FILE = 'replay-store.ts';

/** The reference signer's one question to the store. */
const ASKS = "return await this.#redis.set(key, '1', 'PX', ttlMs, 'NX');";
/** And what it does where there is no answer. */
const UNANSWERED = `} catch {
      throw new Refusal('SIGNER_UNAVAILABLE');`;
const CONSUMES = 'const reply = await this.#set(key, ttlSeconds * 1000);';

/** An error of the store that somebody takes for a yes. */
const excused = (when: string): Edit => ({
  file: FILE,
  correct: UNANSWERED,
  wrong: `} catch (error) {
      if (error instanceof Error && ${when}) return 'OK';
      throw new Refusal('SIGNER_UNAVAILABLE');`,
});

const commandsMayTakeForever: Edit = {
  file: FILE,
  correct: '    commandTimeout: timeoutMs,\n',
  wrong: '',
};
const connectionsMayBeSilentForever: Edit = {
  file: FILE,
  correct: '    socketTimeout: timeoutMs,\n',
  wrong: '',
};
const commandsWaitForAConnection: Edit = {
  file: FILE,
  correct: 'enableOfflineQueue: false,',
  wrong: 'enableOfflineQueue: true,',
};
const errorExcused = (code: string, summary: string, ...more: readonly Edit[]): Defect => ({
  id: `store-error-${code.toLowerCase()}-lets-the-request-in`,
  clause: 'replay/fail-closed',
  case: `chaos-store-error-${code.toLowerCase()}`,
  summary,
  edits: [excused(`error.message.startsWith('${code}')`), ...more],
});

/** Each class of error is taken for a yes by somebody who knows only that one. */
export const errorsExcused: readonly Defect[] = [
  errorExcused('OOM', 'A store that is full is no reason to turn anybody away.'),
  errorExcused('READONLY', 'During a failover nobody can write, and business goes on.', {
    file: FILE,
    correct: "reconnectOnError: (error) => error.message.startsWith('READONLY'),",
    wrong: 'reconnectOnError: () => false,',
  }),
  errorExcused('LOADING', 'A store that has just been started cannot know of any replay.'),
  errorExcused('NOAUTH', 'A wrong password of the store is taken for a mistake of the operator alone.'),
  errorExcused('MISCONF', 'A disk that is full is no matter of the signer’s.'),
  errorExcused('CLUSTERDOWN', 'A cluster that reorganises itself is back in a moment.'),
];

/** Asks by a script, which the store knows by name or is sent whole. */
const asksByScript: readonly Edit[] = [
  {
    file: FILE,
    correct: 'const RECONNECT_AFTER_MS = 50;',
    wrong: `const RECONNECT_AFTER_MS = 50;
const SCRIPT = "return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX')";
const NAME = createHash('sha1').update(SCRIPT).digest('hex');
const isUnknown = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');`,
  },
  {
    file: FILE,
    correct: "import { Redis } from 'ioredis';",
    wrong: "import { createHash } from 'node:crypto';\nimport { Redis } from 'ioredis';",
  },
];

/** The correct signer with a script in place of one command. */
export const correctByScript: Pick<Defect, 'id' | 'edits'> = {
  id: 'no-defect-but-a-script',
  edits: [
    ...asksByScript,
    {
      file: FILE,
      correct: ASKS,
      wrong: `return await this.#redis.evalsha(NAME, 1, key, ttlMs).catch((error: unknown) => {
        if (isUnknown(error)) return this.#redis.eval(SCRIPT, 1, key, ttlMs);
        throw error;
      });`,
    },
  ],
};

const inMemory: Edit = {
  file: FILE,
  correct: 'const RECONNECT_AFTER_MS = 50;',
  wrong: 'const RECONNECT_AFTER_MS = 50;\nconst spent = new Set<string>();',
};

/** A store without its mark is taken for a new one. */
const markOfTheStore: readonly Edit[] = [
  {
    file: FILE,
    correct: "this.#redis.on('close', () => this.#report(false));",
    wrong: `this.#redis.on('close', () => this.#report(false));
    this.#redis.once('ready', () => void this.#redis.set(\`\${this.#keyPrefix}mark\`, '1').catch(() => undefined));`,
  },
  {
    file: FILE,
    correct: CONSUMES,
    wrong: `if ((await this.#redis.exists(\`\${this.#keyPrefix}mark\`).catch(() => 1)) === 0) return true;
    ${CONSUMES}`,
  },
];

const storeAway: readonly Defect[] = [
  {
    id: 'memory-stands-in-for-the-store',
    clause: 'replay/fail-closed',
    case: 'chaos-store-unreachable',
    summary: 'While the store is away each replica keeps nonces to itself.',
    edits: [
      inMemory,
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const reply = await this.#set(key, ttlSeconds * 1000).catch(() => (spent.has(key) ? null : 'OK'));
    spent.add(key);`,
      },
    ],
  },
  {
    id: 'no-answer-in-time-lets-the-request-in',
    clause: 'replay/fail-closed',
    case: 'chaos-store-paused',
    summary: 'Whoever waited long enough for the store is let in.',
    edits: [excused('/timed out|timeout/i.test(error.message)')],
  },
  {
    id: 'no-connection-in-time-lets-the-request-in',
    clause: 'replay/fail-closed',
    case: 'chaos-store-black-holed',
    summary: 'Commands wait for a connection, and one that waited too long counts as carried out.',
    edits: [commandsWaitForAConnection, excused("error.message === 'Command timed out'")],
  },
  {
    id: 'waits-for-a-store-that-takes-connections',
    clause: 'answers/bounded',
    case: 'chaos-store-black-holed',
    summary: 'A store that takes connections will answer some day.',
    edits: [commandsWaitForAConnection, commandsMayTakeForever, connectionsMayBeSilentForever],
  },
  {
    id: 'waits-on-connections-that-are-dead',
    clause: 'answers/bounded',
    case: 'chaos-store-half-open',
    summary: 'A command has all the time it wants, and a dead connection never says that it is dead.',
    edits: [commandsMayTakeForever, connectionsMayBeSilentForever],
  },
  {
    id: 'slow-store-is-done-without',
    clause: 'replay/single-use',
    case: 'chaos-store-slow',
    summary: 'A store that takes longer than 100 ms is not waited for.',
    edits: [
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const reply = await Promise.race([
      this.#set(key, ttlSeconds * 1000),
      new Promise((resolve) => setTimeout(() => resolve('OK'), 100)),
    ]);`,
      },
    ],
  },
  {
    id: 'store-is-read-before-and-written-afterwards',
    clause: 'replay/fail-closed',
    case: 'chaos-store-out-of-memory',
    summary: 'A nonce that is not there is enough, and whether it could be written nobody asks.',
    edits: [
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const wasThere = await this.#redis.exists(key).catch(() => {
      throw new Refusal('SIGNER_UNAVAILABLE');
    });
    const reply = wasThere === 1 ? null : 'OK';
    if (wasThere === 0) await this.#set(key, ttlSeconds * 1000).catch(() => undefined);`,
      },
    ],
  },
  {
    id: 'reads-from-a-copy-that-takes-no-writes',
    clause: 'replay/fail-closed',
    case: 'chaos-store-read-only',
    summary: 'A store that takes no writes is still asked, and what it does not hold passes.',
    edits: [
      {
        file: FILE,
        correct: UNANSWERED,
        wrong: `} catch (error) {
      if (error instanceof Error && error.message.startsWith('READONLY'))
        return (await this.#redis.exists(key).catch(() => 0)) === 1 ? null : 'OK';
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      },
    ],
  },
  {
    id: 'readiness-goes-by-the-connection',
    clause: 'ready/truthful',
    case: 'chaos-store-paused',
    summary: 'A connection that is open makes a replica ready, whether or not anything comes back on it.',
    edits: [
      connectionsMayBeSilentForever,
      {
        file: FILE,
        correct: "return (await this.#redis.ping()) === 'PONG';",
        wrong: "return this.#redis.status === 'ready';",
      },
    ],
  },
  {
    id: 'connection-is-given-up-after-three-attempts',
    clause: 'replay/recovers',
    case: 'chaos-store-unreachable',
    summary: 'Whoever was refused three times in a row does not come again.',
    edits: [
      {
        file: FILE,
        correct: 'retryStrategy: () => RECONNECT_AFTER_MS,',
        wrong: 'retryStrategy: (times) => (times > 3 ? null : RECONNECT_AFTER_MS),',
      },
      {
        file: FILE,
        correct: "this.#redis.on('error', () => this.#redis.disconnect(true));",
        wrong: "this.#redis.on('error', () => undefined);",
      },
    ],
  },
  {
    id: 'silent-store-is-never-found-again',
    clause: 'replay/recovers',
    case: 'chaos-store-paused',
    summary: 'A store that did not answer once is not asked again.',
    edits: [
      {
        file: FILE,
        correct: UNANSWERED,
        wrong: `} catch (error) {
      if (error instanceof Error && /timed out|timeout/i.test(error.message)) this.#redis.disconnect();
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      },
    ],
  },
];

const replies: readonly Defect[] = [
  {
    id: 'lost-reply-counts-as-success',
    clause: 'replay/single-use',
    case: 'chaos-store-reply-lost',
    summary: 'A command that was sent was carried out, whether or not that was heard.',
    edits: [connectionsMayBeSilentForever, excused("error.message === 'Command timed out'")],
  },
  {
    id: 'reset-after-sending-counts-as-success',
    clause: 'replay/single-use',
    case: 'chaos-store-reply-reset',
    summary: 'A connection that ends while a reply is due has done what it was asked.',
    edits: [excused('/closed|max retries/.test(error.message)')],
  },
  {
    id: 'half-a-reply-counts-as-success',
    clause: 'replay/single-use',
    case: 'chaos-store-reply-cut',
    summary: 'The first letter of a reply is enough.',
    edits: [
      {
        file: FILE,
        correct: UNANSWERED,
        wrong: `} catch {
      if (this.#lastHeard === '+O') return 'OK';
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      },
      {
        file: FILE,
        correct: '  #isUp: boolean | undefined;',
        wrong: "  #isUp: boolean | undefined;\n  #lastHeard = '';",
      },
      {
        file: FILE,
        correct: "this.#redis.on('close', () => this.#report(false));",
        wrong: `this.#redis.on('close', () => this.#report(false));
    this.#redis.on('ready', () => this.#redis.stream.on('data', (data) => (this.#lastHeard = String(data))));`,
      },
    ],
  },
  {
    id: 'sent-again-and-already-there-counts-as-success',
    clause: 'replay/single-use',
    case: 'chaos-store-reply-reset-once',
    summary: 'After a reset the command is sent again, and what is there by then is taken for its own.',
    edits: [
      {
        file: FILE,
        correct: UNANSWERED,
        wrong: `} catch {
      await new Promise((resolve) => setTimeout(resolve, 2 * RECONNECT_AFTER_MS));
      const again = await this.#redis.set(key, '1', 'PX', ttlMs, 'NX').catch(() => undefined);
      if (again !== undefined) return 'OK';
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      },
    ],
  },
  {
    id: 'late-reply-is-taken-for-that-of-the-next',
    clause: 'replay/recovers',
    case: 'chaos-store-reply-held',
    summary: 'Replies are read in the order in which they come, also those for which nobody waits any more.',
    edits: [
      commandsMayTakeForever,
      connectionsMayBeSilentForever,
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `this.#set(key, ttlSeconds * 1000).then(
      (each) => (this.#waiting.shift() ?? ((late: unknown) => this.#unread.push(late)))(each),
      () => this.#waiting.shift()?.(undefined),
    );
    const reply = this.#unread.length > 0 ? this.#unread.shift() : await new Promise((heard) => {
      this.#waiting.push(heard);
      setTimeout(() => {
        if (this.#waiting.includes(heard)) this.#waiting.splice(this.#waiting.indexOf(heard), 1);
        heard(undefined);
      }, 1000);
    });`,
      },
      {
        file: FILE,
        correct: '  #isUp: boolean | undefined;',
        wrong: `  #isUp: boolean | undefined;
  readonly #unread: unknown[] = [];
  readonly #waiting: ((reply: unknown) => void)[] = [];`,
      },
    ],
  },
  {
    id: 'unknown-script-lets-the-request-in',
    clause: 'replay/single-use',
    case: 'chaos-store-error-noscript',
    summary: 'A store that does not know the script cannot know of any replay.',
    edits: [
      ...asksByScript,
      {
        file: FILE,
        correct: ASKS,
        wrong: `return await this.#redis.evalsha(NAME, 1, key, ttlMs).catch(async (error: unknown) => {
        if (!isUnknown(error)) throw error;
        await this.#redis.script('LOAD', SCRIPT);
        return 'OK';
      });`,
      },
    ],
  },
];

const forgets: readonly Defect[] = [
  {
    id: 'flushed-store-is-taken-for-a-new-one',
    clause: 'replay/recovers',
    case: 'chaos-store-flushed',
    summary: 'A mark in the store says that it is ours; without it nothing can have been spent.',
    edits: markOfTheStore,
  },
  {
    id: 'store-that-evicts-is-never-trusted-again',
    clause: 'replay/recovers',
    case: 'chaos-store-evicting',
    summary: 'A store that has ever let go of a key is refused until it is restarted.',
    edits: [
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const figures = await this.#redis.info('stats').catch(() => '');
    if (!figures.includes('evicted_keys:0\\r')) throw new Refusal('SIGNER_UNAVAILABLE');
    ${CONSUMES}`,
      },
    ],
  },
  {
    id: 'memory-takes-over-when-a-connection-is-lost',
    clause: 'replay/recovers',
    case: 'chaos-store-restarted-empty',
    summary: 'After its first lost connection each replica keeps nonces to itself until it is restarted.',
    edits: [
      inMemory,
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const reply = this.#isAlone ? (spent.has(key) ? null : 'OK') : await this.#set(key, ttlSeconds * 1000);
    spent.add(key);`,
      },
      {
        file: FILE,
        correct: '  #isUp: boolean | undefined;',
        wrong: '  #isUp: boolean | undefined;\n  #isAlone = false;',
      },
      {
        file: FILE,
        correct: "this.#redis.on('close', () => this.#report(false));",
        wrong: "this.#redis.on('close', () => (this.#isAlone = true));",
      },
    ],
  },
];

const replicas: readonly Defect[] = [
  {
    id: 'nonces-are-written-down-in-batches',
    clause: 'replay/shared',
    case: 'chaos-replica-killed',
    summary: 'A replica keeps nonces for half a second before the store hears of them.',
    edits: [
      inMemory,
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const reply = spent.has(key) || (await this.#redis.exists(key).catch(() => 1)) === 1 ? null : 'OK';
    spent.add(key);
    setTimeout(() => void this.#set(key, ttlSeconds * 1000).catch(() => undefined), 500);`,
      },
    ],
  },
  {
    id: 'store-is-emptied-at-every-start',
    clause: 'replay/single-use',
    case: 'chaos-replica-killed',
    summary: 'A replica that starts tidies up what the last one left behind.',
    edits: [
      {
        file: FILE,
        correct: "this.#redis.on('close', () => this.#report(false));",
        wrong: `this.#redis.on('close', () => this.#report(false));
    this.#redis.once('ready', () =>
      void this.#redis.keys(\`\${this.#keyPrefix}*\`).then((keys) => keys.length > 0 && this.#redis.del(keys)),
    );`,
      },
    ],
  },
  {
    id: 'nonce-of-a-replica-that-died-is-taken-over',
    clause: 'replay/single-use',
    case: 'chaos-replica-killed-between-consuming-and-answering',
    summary:
      'A nonce whose request was never answered may be used by whoever comes, and by whoever comes then.',
    edits: [
      {
        file: FILE,
        correct: ASKS,
        wrong: `if ((await this.#redis.set(key, 'pending', 'PX', ttlMs, 'NX')) === 'OK')
        return await this.#redis.set(key, 'done', 'PX', ttlMs, 'XX');
      return (await this.#redis.get(key)) === 'pending' ? 'OK' : null;`,
      },
    ],
  },
  {
    id: 'nonce-is-written-down-with-the-next',
    clause: 'replay/shared',
    case: 'chaos-replica-cut-off',
    summary: 'A replica that nobody comes to any more keeps its last nonce to itself.',
    edits: [
      {
        file: FILE,
        correct: 'const RECONNECT_AFTER_MS = 50;',
        wrong: "const RECONNECT_AFTER_MS = 50;\nlet last = '';",
      },
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `if (last !== '') await this.#set(last, ttlSeconds * 1000);
    const wasThere = last === key || (await this.#redis.exists(key).catch(() => 1)) === 1;
    const reply = wasThere ? null : 'OK';
    last = key;`,
      },
    ],
  },
  {
    id: 'spent-nonces-are-told-to-each-other',
    clause: 'replay/single-use',
    case: 'chaos-replica-paused',
    summary: 'Each replica knows of nonces what the others have told it, and asks nobody.',
    edits: [
      inMemory,
      {
        file: FILE,
        correct: CONSUMES,
        wrong: `const reply = spent.has(key) ? null : await this.#set(key, ttlSeconds * 1000).then(() => 'OK');
    spent.add(key);
    if (reply === 'OK') await this.#redis.publish(this.#keyPrefix, key).catch(() => undefined);`,
      },
      {
        file: FILE,
        correct: "this.#redis.on('close', () => this.#report(false));",
        wrong: `this.#redis.on('close', () => this.#report(false));
    const ear = this.#redis.duplicate({ enableOfflineQueue: true, socketTimeout: 0 });
    ear.on('error', () => undefined);
    ear.on('message', (_channel, key) => void spent.add(key));
    void ear.subscribe(this.#keyPrefix).catch(() => undefined);`,
      },
    ],
  },
];

const keptWhileFresh: readonly Edit[] = [
  {
    file: 'authenticate.ts',
    correct: 'consume(client.id, nonce, nonceTtlSeconds)',
    wrong:
      'consume(client.id, nonce, Math.ceil((Number(timestamp) + timestampMaxAgeMs - Date.now() + 1) / 1000))',
  },
];

const clocks: readonly Defect[] = [
  {
    id: 'nonce-is-kept-while-fresh-by-a-clock-ahead',
    clause: 'replay/single-use',
    case: 'chaos-replica-clock-ahead',
    summary: 'A nonce is kept for as long as its request is fresh, by the clock of the replica that took it.',
    edits: keptWhileFresh,
  },
  {
    id: 'nonce-is-kept-while-fresh-by-a-right-clock',
    clause: 'replay/single-use',
    case: 'chaos-replica-clock-behind',
    summary: 'The same, and a replica whose clock is behind holds its request to be fresh for longer.',
    edits: keptWhileFresh,
  },
];

/** No defect: what it writes only it can know, so that after a lost reply it can read whether the write was its own. */
export const correctByToken: Pick<Defect, 'id' | 'edits'> = {
  id: 'proves-its-own-write',
  edits: [
    {
      file: FILE,
      correct: ASKS,
      wrong: `const own = process.pid + ':' + process.hrtime.bigint();
      try {
        return await this.#redis.set(key, own, 'PX', ttlMs, 'NX');
      } catch (error) {
        for (let turn = 0; turn < 5; turn += 1) {
          await new Promise((later) => setTimeout(later, 40));
          const held = await this.#redis.get(key).catch(() => undefined);
          if (held === own) return 'OK';
          if (held === null) break;
          if (typeof held === 'string') return null;
        }
        throw error;
      }`,
    },
  ],
};

const READS_FIRST = '  const config = readConfig(file);\n';
const REFUSED = "        log('reload-refused', { reason });\n";

const takesInstead = (change: string): Edit => ({
  file: 'signer.ts',
  correct: REFUSED,
  wrong: `        server.apply({ ...config, ${change} });\n${REFUSED}`,
});

const configurations: readonly Defect[] = [
  {
    id: 'half-a-configuration-has-no-clients',
    clause: 'secrets/each-allowed',
    case: 'chaos-configuration-cut-off',
    summary: 'What cannot be read is taken for an empty list, and nobody is a client any more.',
    edits: [takesInstead('clients: new Map()')],
  },
  {
    id: 'half-a-configuration-asks-for-no-certificate',
    clause: 'mtls/required',
    case: 'chaos-configuration-cut-off',
    summary: 'A setting that cannot be read falls back to its default, and the default asks for nothing.',
    edits: [takesInstead('requireMtls: false')],
  },
  {
    id: 'started-anew-with-its-first-configuration',
    clause: 'secrets/each-allowed',
    case: 'chaos-replica-killed-while-half-rolled',
    summary:
      'A reload changes the running process alone; whoever is started anew finds the configuration of his birth.',
    edits: [
      {
        file: 'signer.ts',
        correct: READS_FIRST,
        wrong: `  const first = file + '.first';
  if (!existsSync(first)) copyFileSync(file, first);
  const config = readConfig(first);
`,
      },
      {
        file: 'signer.ts',
        correct: 'const STOP_WITHIN_MS = 900;\n',
        wrong: "const STOP_WITHIN_MS = 900;\nconst { copyFileSync, existsSync } = await import('node:fs');\n",
      },
    ],
  },
];

const ends: readonly Defect[] = [
  {
    id: 'store-error-ends-the-process',
    clause: 'answers/bounded',
    case: 'chaos-store-error-oom',
    summary: 'Nobody catches an error of the store, and it ends the process.',
    edits: [
      {
        file: FILE,
        correct: UNANSWERED,
        wrong: `} catch (error) {
      if (error instanceof Error && error.message.startsWith('OOM')) process.exit(1);
      throw new Refusal('SIGNER_UNAVAILABLE');`,
      },
    ],
  },
];

/** What only something broken on purpose brings out. */
export const chaosDefects: readonly Defect[] = [
  ...errorsExcused,
  ...storeAway,
  ...replies,
  ...forgets,
  ...replicas,
  ...clocks,
  ...configurations,
  ...ends,
];
