import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

const tags = ['timestamp'];

/** What comes round to now where milliseconds are counted in 32 bits. */
const ROUND_32_BITS = 2 ** 32;

const withinWindowAccepted = signerCase({
  id: 'timestamps-within-the-window-accepted',
  clause: 'time/window-accepted',
  tags,
  clients: oneClient,
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      for (const dated of [-(age - MARGIN_MS), 0, age - MARGIN_MS])
        await replica.accepts(client('one').signs({ dated }));
    }
  },
});

const futureRefused = signerCase({
  id: 'timestamps-from-the-future-refused',
  clause: 'time/future-refused',
  tags,
  clients: oneClient,
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    const day = 86_400_000;
    for (const replica of replicas) {
      for (const dated of [age + MARGIN_MS, 2 * age, 500 * age, day, 365 * day, ROUND_32_BITS]) {
        await replica.refuses(client('one').signs({ dated }), 'AUTH_TIMESTAMP_SKEW');
      }
    }
  },
});

const pastRefused = signerCase({
  id: 'timestamps-from-the-past-refused',
  clause: 'time/past-refused',
  tags,
  clients: oneClient,
  async run({ client, replicas, wallClock, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      // 500 times the age is what a signer lets in that takes its limit for seconds.
      for (const dated of [-1.5 * age, -2 * age, -500 * age, -ROUND_32_BITS]) {
        await replica.refuses(client('one').signs({ dated }), 'AUTH_TIMESTAMP_SKEW');
      }
      // Now in seconds is a moment of 1970: a signer that guesses the unit gives each moment a second name.
      const timestamp = String(Math.floor(wallClock() / 1000));
      await replica.refuses(client('one').signs({ timestamp }), 'AUTH_TIMESTAMP_SKEW');
    }
  },
});

/** Ways of writing a moment that one language or another reads as a number. */
const notations = (ms: number): readonly string[] => [
  `${ms}.0`,
  `${ms}e0`,
  `${ms / 1000}e3`,
  `+${ms}`,
  `0x${ms.toString(16)}`,
  `${ms}n`,
  `${ms}ms`,
  String(ms).replace(/(?=(...)+$)/g, '_'),
  String(ms).replaceAll(/[0-9]/g, (digit) => String.fromCharCode(0x0660 + Number(digit))),
  new Date(ms).toISOString(),
];

/** Dated now, so that nothing but the notation is wrong. */
const otherNotationsRefused = signerCase({
  id: 'timestamps-in-other-notations-refused',
  clause: 'time/format',
  tags,
  clients: oneClient,
  async run({ client, replicas, wallClock }) {
    for (const replica of replicas) {
      for (const timestamp of notations(Math.round(wallClock()))) {
        await replica.refuses(client('one').signs({ timestamp }), [
          'AUTH_TIMESTAMP_SKEW',
          'MALFORMED_REQUEST',
        ]);
      }
    }
  },
});

export const timestamp = [withinWindowAccepted, futureRefused, pastRefused, otherNotationsRefused];
