import type { StoreErrorCode } from '../../../harness/faults/mischief.ts';
import type { Asked } from './vocabulary.ts';

/** A state in which a store refuses commands. */
export interface StoreError {
  /** What it says to this command, or nothing when it carries it out all the same. */
  says(asked: Asked): string | undefined;
  /** What it says to whatever would go into an open transaction. */
  readonly saysToQueued?: string;
  /** Whether a transaction with such a command is refused in its words alone, rather than said to be aborted. */
  readonly endsTransactionsPlainly?: true;
  /** What it reports of its own state in an answer that it does give. */
  reports?(asked: Asked): ((answer: Buffer) => Buffer) | undefined;
}

const saidTo =
  (concerns: (asked: Asked) => boolean, words: string): StoreError['says'] =>
  (asked) =>
    concerns(asked) ? words : undefined;

const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

const NOT_BEFORE_AUTH =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option ' +
  'can be used to authenticate the client and select the RESP protocol version at the same time';

/** In a version that there is, and without a word on who speaks. */
const isHelloOfAStranger = ([, version, ...options]: readonly Buffer[]): boolean =>
  /^[23]?$/.test(String(version ?? '')) && !options.some((word) => /^auth$/i.test(String(word)));

/** Whether it asks for a script that the store has to know already. */
export function callsByName({ name }: Asked): boolean {
  return name === 'evalsha' || name === 'evalsha_ro';
}

/** In the words of Redis 7. */
export const STORE_ERRORS: Readonly<Record<StoreErrorCode, StoreError>> = {
  OOM: {
    says: saidTo(({ flags, isScript }) => flags.has('denyoom') || isScript, OUT_OF_MEMORY),
    saysToQueued: OUT_OF_MEMORY,
  },
  READONLY: {
    says: saidTo(({ writes }) => writes, "READONLY You can't write against a read only replica."),
  },
  LOADING: {
    says: saidTo(({ flags }) => !flags.has('loading'), 'LOADING Redis is loading the dataset in memory'),
    // Clients ask for it before they take a connection to be ready.
    reports: ({ name }) =>
      name === 'info'
        ? (answer) =>
            Buffer.from(answer.toString('latin1').replace('\nloading:0\r', '\nloading:1\r'), 'latin1')
        : undefined,
  },
  NOAUTH: {
    says({ name, flags, words }) {
      if (name === 'hello' && isHelloOfAStranger(words)) return NOT_BEFORE_AUTH;
      return flags.has('no_auth') ? undefined : 'NOAUTH Authentication required.';
    },
  },
  NOSCRIPT: {
    says: saidTo(callsByName, 'NOSCRIPT No matching script. Please use EVAL.'),
  },
  MISCONF: {
    says: saidTo(
      ({ name, writes }) => writes || name === 'ping',
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that " +
        'may modify the data set are disabled, because this instance is configured to report errors during writes if ' +
        'RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about ' +
        'the RDB error.',
    ),
  },
  CLUSTERDOWN: {
    says: saidTo(({ hasKeys }) => hasKeys, 'CLUSTERDOWN The cluster is down'),
    endsTransactionsPlainly: true,
  },
};
