import { ACCEPTED } from '../../harness/contract/contract.ts';
import type { Fault } from '../../harness/faults/fault.ts';
import { oneClient, signerCase, type SignerAuthScenario } from '../case.ts';
import { failsClosed, recovered } from '../store-away.ts';

const again = { about: 'replay/single-use' } as const;

/** How many nonces are spent before, and sent again after, spread over as long as their requests stay fresh. */
const SPENT = 12;

/**
 * A store that forgets what was spent takes a signer's memory with it, which no signer can help: what that costs is
 * measured. What is spent from then on must be spent all the same.
 */
export const storeForgets = (fault: Fault): SignerAuthScenario =>
  signerCase({
    id: `chaos-${fault.name}`,
    clause: 'replay/recovers',
    tags: ['chaos', 'chaos-store'],
    // So short that one can wait until a captured request is of no use any more.
    limits: 'short',
    alone: 'last',
    apart: true,
    clients: oneClient,
    also: [
      { clause: 'replay/single-use', judgedBy: ['accepted-once', 'residual-risk'] },
      { clause: 'answers/bounded', judgedBy: ['slowest-answer'] },
    ],
    async run({ client, replicas, suffers, waits, now, bounds, limits: { timestampMaxAgeMs: age } }) {
      const ahead = Math.round(0.8 * age);
      const signed = now();
      const spent = Array.from({ length: SPENT }, () => client('one').signs({ dated: ahead }));
      await Promise.all(
        spent.map((request, index) =>
          replicas[index % 2]!.accepts({ ...request, label: 'spent before the store forgot' }, again),
        ),
      );
      const ordeal = await suffers(fault);
      if (!ordeal.possible) return;
      await ordeal.heals();
      for (const replica of replicas)
        await recovered(replica, () => client('one').signs(), now, bounds.recoversWithinMs, {
          about: 'replay/recovers',
        });
      const came = now() - signed;
      for (const [index, request] of spent.entries()) {
        const left = signed + came + (index / SPENT) * (age + ahead - came) - now();
        if (left > 0) await waits(left, 'a part of the time for which a captured request stays fresh');
        const label = 'spent before, sent again after the store forgot';
        await replicas[index % 2]!.answers(
          { ...request, label },
          [...failsClosed, ACCEPTED, 'REPLAY_NONCE_USED', 'AUTH_TIMESTAMP_SKEW'],
          again,
        );
      }
      const after = client('one').signs({ label: 'spent after the store forgot' });
      await replicas[0].accepts(after);
      for (const replica of replicas)
        await replica.refuses({ ...after, label: 'sent again after that' }, 'REPLAY_NONCE_USED');
    },
  });
