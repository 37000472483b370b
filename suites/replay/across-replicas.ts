import { oneClient, signerCase } from '../case.ts';

const tags = ['replay', 'replicas'];

const spentEverywhere = signerCase({
  id: 'nonce-spent-on-one-replica-is-spent-on-all',
  clause: 'replay/shared',
  tags,
  clients: oneClient,
  async run({ client, replicas: [a, b] }) {
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      const request = client('one').signs();
      await first.accepts(request);
      await second.refuses(request, 'REPLAY_NONCE_USED');
      await first.refuses(request, 'REPLAY_NONCE_USED');
    }
  },
});

const spentThroughBalancer = signerCase({
  id: 'nonce-spent-through-the-balancer-is-spent-everywhere',
  clause: 'replay/shared',
  tags,
  clients: oneClient,
  async run({ client, replicas: [a, b], balancer }) {
    const request = client('one').signs();
    await balancer.accepts(request);
    // Two more in a row meet both replicas.
    await balancer.refuses(request, 'REPLAY_NONCE_USED');
    await balancer.refuses(request, 'REPLAY_NONCE_USED');
    await a.refuses(request, 'REPLAY_NONCE_USED');
    await b.refuses(request, 'REPLAY_NONCE_USED');
  },
});

export const acrossReplicas = [spentEverywhere, spentThroughBalancer];
