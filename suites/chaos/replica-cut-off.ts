import { replicaCutOff } from '../../harness/faults/replica-cut-off.ts';
import { oneClient, signerCase } from '../case.ts';

/** As many connections as there are replicas meet each of them. */
const EACH = [0, 1] as const;

/** The balancer may lose what it gave to a replica that it cannot reach: that is no fault of the signer's. */
export const cutOffReplica = signerCase({
  id: 'chaos-replica-cut-off',
  clause: 'replay/shared',
  tags: ['chaos', 'chaos-replica'],
  alone: 'last',
  apart: true,
  clients: oneClient,
  also: [
    { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
    { clause: 'answers/bounded', judgedBy: ['slowest-answer'] },
  ],
  async run({ client, replicas: [a, b], balancer, suffers }) {
    const signs = (label: string) => client('one').signs({ label });
    const ordeal = await suffers(replicaCutOff, a.name);
    if (!ordeal.possible) return;
    const direct = signs('spent directly at a replica that the balancer cannot reach');
    await a.accepts(direct);
    await b.refuses({ ...direct, label: 'sent again at the other replica' }, 'REPLAY_NONCE_USED');
    for (const _ of EACH)
      await balancer.receives(
        { ...direct, label: 'sent again by the balancer' },
        { about: 'replay/single-use' },
      );
    await ordeal.heals();
    for (const _ of EACH)
      await balancer.accepts(signs('valid, by the balancer, after the fault'), { about: 'answers/bounded' });
    for (const _ of EACH)
      await balancer.refuses(
        { ...direct, label: 'sent again by the balancer, after the fault' },
        'REPLAY_NONCE_USED',
        { about: 'replay/single-use' },
      );
  },
});
