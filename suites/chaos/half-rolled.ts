import { replicaKilled } from '../../harness/faults/replica-killed.ts';
import { signerCase } from '../case.ts';

/** A configuration that landed on one replica alone outlives a crash of that replica, and does not reach the other. */
export const halfRolled = signerCase({
  id: 'chaos-replica-killed-while-half-rolled',
  clause: 'secrets/each-allowed',
  tags: ['chaos', 'chaos-replica'],
  alone: 'last',
  apart: true,
  clients: { one: { allowed: ['current'], spare: ['next'] } },
  also: [
    { clause: 'secrets/others-refused' },
    { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
    { clause: 'replay/shared' },
  ],
  async run({ client, replicas: [a, b], suffers, gives }) {
    const signs = (secret: string, label: string) => client('one').signs({ with: secret, label });
    await gives(a.name, 'one', ['current', 'next']);
    const spent = signs('next', 'spent at the replica that has the change');
    await a.accepts(spent);
    await b.refuses(signs('next', 'next, where the change did not land'), 'AUTH_INVALID_HMAC', {
      about: 'secrets/others-refused',
    });
    const ordeal = await suffers(replicaKilled, a.name);
    if (!ordeal.possible) return;
    await b.accepts(signs('current', 'current, while the other replica is down'));
    await b.refuses(signs('next', 'next, while the replica that has it is down'), 'AUTH_INVALID_HMAC', {
      about: 'secrets/others-refused',
    });
    await ordeal.heals();
    await a.accepts(signs('next', 'next, at the replica that was started anew'));
    await a.accepts(signs('current', 'current, there as well'));
    await a.refuses({ ...spent, label: 'spent there before it was killed' }, 'REPLAY_NONCE_USED', {
      about: 'replay/single-use',
    });
    await gives(b.name, 'one', ['current', 'next']);
    await b.accepts(signs('next', 'next, once it has landed everywhere'));
    await b.refuses({ ...spent, label: 'spent before the change had landed here' }, 'REPLAY_NONCE_USED', {
      about: 'replay/shared',
    });
    for (const replica of [a, b]) await gives(replica.name, 'one', ['current']);
    for (const replica of [a, b])
      await replica.refuses(signs('next', 'next, after it was taken back'), 'AUTH_INVALID_HMAC', {
        about: 'secrets/others-refused',
      });
  },
});
