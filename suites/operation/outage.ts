import { storeUnreachable } from '../../harness/faults/store-unreachable.ts';
import { oneClient, signerCase } from '../case.ts';
import { failsClosed, failsClosedOnReplay, recovered } from '../store-away.ts';

const tags = ['outage', 'store'];

/** Runs on the topology of the short limits, so that an outage of its store touches no other case. */
const quiet = { limits: 'short', alone: 'last' } as const;

const outageFailsClosed = signerCase({
  id: 'replay-store-outage-fails-closed',
  clause: 'replay/fail-closed',
  tags,
  ...quiet,
  clients: oneClient,
  judgedBy: ['failed-closed'],
  async run({ client, replicas, suffers, now, bounds }) {
    const spent = client('one').signs();
    await replicas[0].receives(spent);
    for (const replica of replicas) await replica.receives(client('one').signs());
    const outage = await suffers(storeUnreachable);
    for (const replica of replicas) {
      await replica.refuses(client('one').signs({ label: 'valid, during the outage' }), failsClosed);
      await replica.refuses({ ...spent, label: 'replay during the outage' }, failsClosedOnReplay);
    }
    await outage.heals();
    for (const replica of replicas)
      await recovered(replica, () => client('one').signs(), now, bounds.recoversWithinMs);
  },
});

const outageEnds = signerCase({
  id: 'replay-store-outage-ends-without-a-restart',
  clause: 'replay/recovers',
  tags,
  ...quiet,
  clients: oneClient,
  judgedBy: ['failed-closed'],
  async run({ client, replicas: [a, b], suffers, now, bounds }) {
    for (const replica of [a, b]) await replica.receives(client('one').signs());
    const outage = await suffers(storeUnreachable);
    for (const replica of [a, b])
      await replica.receives(client('one').signs({ label: 'valid, during the outage' }));
    await outage.heals();
    for (const replica of [a, b]) {
      await recovered(
        replica,
        () => client('one').signs({ label: 'valid, after the outage' }),
        now,
        bounds.recoversWithinMs,
      );
      await replica.accepts(client('one').signs({ label: 'valid, once it had recovered' }));
    }
    const again = client('one').signs({ label: 'spent after the outage' });
    await a.accepts(again);
    await b.refuses(again, 'REPLAY_NONCE_USED');
  },
});

const readinessTellsTheTruth = signerCase({
  id: 'readiness-follows-the-replay-store',
  clause: 'ready/truthful',
  tags,
  ...quiet,
  clients: oneClient,
  judgedBy: ['told-truth'],
  async run({ client, replicas, suffers, asksReadiness, now, bounds }) {
    for (const replica of replicas) await replica.receives(client('one').signs());
    await asksReadiness('ready');
    const outage = await suffers(storeUnreachable);
    await asksReadiness('not-ready');
    await outage.heals();
    for (const replica of replicas)
      await recovered(replica, () => client('one').signs(), now, bounds.recoversWithinMs);
    await asksReadiness('ready');
  },
});

export const outage = [outageFailsClosed, outageEnds, readinessTellsTheTruth];
