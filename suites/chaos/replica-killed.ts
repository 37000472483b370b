import { replicaKilled } from '../../harness/faults/replica-killed.ts';
import { storeReplyHeld } from '../../harness/faults/store-reply-held.ts';
import { ACCEPTED } from '../../harness/contract/contract.ts';
import { oneClient, signerCase } from '../case.ts';

const tags = ['chaos', 'chaos-replica'];

const killed = signerCase({
  id: 'chaos-replica-killed',
  clause: 'replay/shared',
  tags,
  alone: 'last',
  apart: true,
  clients: oneClient,
  also: [
    { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
    { clause: 'answers/bounded', judgedBy: ['slowest-answer'] },
  ],
  async run({ client, replicas: [a, b], suffers }) {
    const signs = (label: string) => client('one').signs({ label });
    const spent = signs('spent at a replica that is killed then');
    await a.accepts(spent);
    const ordeal = await suffers(replicaKilled, a.name);
    if (!ordeal.possible) return;
    await b.refuses({ ...spent, label: 'sent again while that replica is down' }, 'REPLAY_NONCE_USED');
    const meanwhile = signs('valid, while the other replica is down');
    await b.accepts(meanwhile, { about: 'answers/bounded' });
    await ordeal.heals();
    await a.accepts(signs('valid, after it was started anew'));
    for (const request of [spent, meanwhile])
      await a.refuses(
        { ...request, label: `${request.label}, sent again after it was started anew` },
        'REPLAY_NONCE_USED',
        { about: 'replay/single-use' },
      );
  },
});

/** The store has carried out what the replica wrote; the replica dies before it hears of it, or its client does. */
const killedInBetween = signerCase({
  id: 'chaos-replica-killed-between-consuming-and-answering',
  clause: 'replay/single-use',
  tags,
  alone: 'last',
  apart: true,
  clients: oneClient,
  judgedBy: ['accepted-once'],
  async run({ client, replicas: [a, b], suffers, awaitsInStore }) {
    const signs = (label: string) => client('one').signs({ label });
    await a.accepts(signs('valid, before the fault'));
    const held = await suffers(storeReplyHeld, a.name);
    if (!held.possible) return;
    const request = signs('consumed, and never answered');
    const unanswered = a.receives(request);
    await awaitsInStore(request);
    const ordeal = await suffers(replicaKilled, a.name);
    await unanswered;
    await held.heals();
    await b.answers({ ...request, label: 'sent again at the other replica' }, [
      ACCEPTED,
      'REPLAY_NONCE_USED',
    ]);
    await b.refuses({ ...request, label: 'sent there once more' }, 'REPLAY_NONCE_USED');
    await ordeal.heals();
    await a.refuses({ ...request, label: 'sent again to the replica started anew' }, 'REPLAY_NONCE_USED');
    await a.accepts(signs('valid, after it was started anew'));
  },
});

export const killedReplicas = [killed, killedInBetween];
