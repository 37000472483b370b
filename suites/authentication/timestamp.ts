import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

const tags = ['timestamp'];

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
      for (const dated of [age + MARGIN_MS, 2 * age, 500 * age, day, 365 * day]) {
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
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      // The last one is what a signer sees that takes its limit for seconds.
      for (const dated of [-1.5 * age, -2 * age, -500 * age]) {
        await replica.refuses(client('one').signs({ dated }), 'AUTH_TIMESTAMP_SKEW');
      }
    }
  },
});

export const timestamp = [withinWindowAccepted, futureRefused, pastRefused];
