import { headerOf } from '../../harness/contract/signer-auth-v1/request.ts';
import { oneClient, signerCase } from '../case.ts';

const tags = ['replay', 'time-to-live'];

/** Past the end of a time to live by more than either clock's grain. */
const SLACK_MS = 60;

const reopens = signerCase({
  id: 'nonce-accepted-once-more-after-its-time-to-live',
  clause: 'replay/reopens',
  tags,
  limits: 'short',
  clients: oneClient,
  async run({ client, replicas: [a, b], waits, limits: { nonceTtlSeconds } }) {
    const nonce = headerOf(client('one').signs(), 'nonce');
    await a.receives(client('one').signs({ nonce }));
    await waits(nonceTtlSeconds * 1000 + SLACK_MS, 'the time to live of a nonce');
    await b.accepts(client('one').signs({ nonce, label: 'spent nonce after its time to live' }));
    await a.refuses(client('one').signs({ nonce, label: 'the same once more' }), 'REPLAY_NONCE_USED');
  },
});

/** How much of the time to live is left at the last look: less than any rounding to seconds would take. */
const LEFT_MS = 300;

const heldToTheEnd = signerCase({
  id: 'nonce-held-until-the-end-of-its-time-to-live',
  clause: 'replay/single-use',
  tags,
  limits: 'short',
  clients: oneClient,
  async run({ client, replicas: [a, b], waits, limits: { nonceTtlSeconds } }) {
    const nonce = headerOf(client('one').signs(), 'nonce');
    await a.receives(client('one').signs({ nonce }));
    await waits(nonceTtlSeconds * 1000 - LEFT_MS, 'most of the time to live of a nonce');
    await b.refuses(
      client('one').signs({ nonce, label: 'spent nonce near the end of its time to live' }),
      'REPLAY_NONCE_USED',
    );
  },
});

/** A request from the far end of the window stays fresh for twice the maximum age. */
const neverTwiceWhileFresh = signerCase({
  id: 'request-dated-ahead-never-accepted-twice-while-fresh',
  clause: 'replay/retention',
  tags,
  limits: 'short',
  clients: oneClient,
  async run({ client, replicas: [a, b], waits, now, limits: { timestampMaxAgeMs: age } }) {
    const ahead = Math.round(0.8 * age);
    const signed = now();
    const request = client('one').signs({ dated: ahead });
    await a.receives(request);
    // From the moment an undated request would be stale until just before this one is.
    for (const part of [0.55, 0.7, 0.8, 0.9, 0.96]) {
      const left = signed + part * (age + ahead) - now();
      if (left > 0) await waits(left, 'a part of the time a request dated ahead stays fresh');
      const door = part === 0.7 || part === 0.9 ? a : b;
      await door.refuses({ ...request, label: `replay at ${Math.round(part * 100)} % of its fresh time` }, [
        'REPLAY_NONCE_USED',
        'AUTH_TIMESTAMP_SKEW',
      ]);
    }
  },
});

const staleWithTime = signerCase({
  id: 'request-goes-stale-with-time',
  clause: 'time/past-refused',
  tags,
  limits: 'short',
  clients: oneClient,
  async run({ client, replicas: [a, b], waits, limits: { timestampMaxAgeMs: age } }) {
    const request = client('one').signs({ label: 'captured and held back' });
    await waits(age + SLACK_MS, 'the maximum age of a timestamp');
    for (const door of [a, b]) await door.refuses(request, 'AUTH_TIMESTAMP_SKEW');
  },
});

export const timeToLive = [reopens, heldToTheEnd, neverTwiceWhileFresh, staleWithTime];
