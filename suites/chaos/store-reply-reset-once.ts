import { ACCEPTED } from '../../harness/contract/contract.ts';
import { storeReplyResetOnce } from '../../harness/faults/store-reply-reset-once.ts';
import { oneClient, signerCase } from '../case.ts';
import { failsClosed, failsClosedOnReplay, recovered } from '../store-away.ts';

/** Whoever asks the store again finds what he wrote himself, or what somebody else did: from its answer he cannot tell. */
export const replyResetOnce = signerCase({
  id: 'chaos-store-reply-reset-once',
  clause: 'replay/single-use',
  tags: ['chaos', 'chaos-store'],
  alone: 'last',
  apart: true,
  clients: oneClient,
  judgedBy: ['accepted-once'],
  also: [{ clause: 'replay/recovers' }, { clause: 'answers/bounded', judgedBy: ['slowest-answer'] }],
  async run({ client, replicas, suffers, now, bounds }) {
    const [a, b] = replicas;
    const signs = (label: string) => client('one').signs({ label });
    const spent = signs('spent before the fault');
    await a.receives(spent);
    await b.receives(signs('valid, before the fault'));

    const ofReplay = await suffers(storeReplyResetOnce);
    if (!ofReplay.possible) return;
    for (const replica of replicas)
      await replica.refuses({ ...spent, label: 'sent again, and its reply is lost' }, failsClosedOnReplay);
    await ofReplay.heals();
    for (const replica of replicas)
      await recovered(replica, () => signs('valid, in between'), now, bounds.recoversWithinMs, afterwards);

    const ofFirstUse = await suffers(storeReplyResetOnce);
    const inDoubt = replicas.map(() => signs('valid, and its reply is lost'));
    for (const [index, replica] of replicas.entries())
      await replica.answers(inDoubt[index]!, maybeSpent, afterwards);
    await ofFirstUse.heals();

    for (const replica of replicas) {
      await recovered(
        replica,
        () => signs('valid, after the fault'),
        now,
        bounds.recoversWithinMs,
        afterwards,
      );
      await replica.accepts(signs('valid, once it had recovered'), afterwards);
      await replica.refuses({ ...spent, label: 'sent again after the fault' }, 'REPLAY_NONCE_USED', {
        about: 'replay/recovers',
      });
    }
    for (const request of inDoubt) {
      await a.answers({ ...request, label: `${request.label}, sent again after it` }, maybeSpent, afterwards);
      await b.refuses(
        { ...request, label: `${request.label}, sent a third time` },
        'REPLAY_NONCE_USED',
        afterwards,
      );
    }
  },
});

const afterwards = { about: 'replay/recovers' } as const;
const maybeSpent = [...failsClosed, ACCEPTED, 'REPLAY_NONCE_USED'] as const;
