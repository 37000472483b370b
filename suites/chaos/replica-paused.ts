import { replicaPaused } from '../../harness/faults/replica-paused.ts';
import { oneClient, signerCase } from '../case.ts';

/** What was sent to a replica that stood still is judged when it goes on: by then another may have spent the nonce. */
export const pausedReplica = signerCase({
  id: 'chaos-replica-paused',
  clause: 'replay/single-use',
  tags: ['chaos', 'chaos-replica'],
  alone: 'last',
  apart: true,
  clients: oneClient,
  judgedBy: ['accepted-once'],
  also: [{ clause: 'replay/shared' }, { clause: 'answers/bounded', judgedBy: ['slowest-answer'] }],
  async run({ client, replicas: [a, b], suffers }) {
    const signs = (label: string) => client('one').signs({ label });
    const spent = signs('spent at a replica that is paused then');
    await a.accepts(spent);
    const ordeal = await suffers(replicaPaused, a.name);
    if (!ordeal.possible) return;
    const contested = signs('sent to a paused replica, then to the other');
    const waiting = a.refuses(contested, 'REPLAY_NONCE_USED');
    await b.accepts({ ...contested, label: 'the same at the other replica meanwhile' });
    await b.refuses({ ...spent, label: 'spent at the paused replica' }, 'REPLAY_NONCE_USED', {
      about: 'replay/shared',
    });
    await b.accepts(signs('valid, while the other replica is paused'), { about: 'answers/bounded' });
    await ordeal.heals();
    await waiting;
    await a.accepts(signs('valid, after it went on'));
    await a.refuses({ ...contested, label: 'sent to it once more' }, 'REPLAY_NONCE_USED');
  },
});
