import { ACCEPTED } from '../../harness/contract/contract.ts';
import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { Fault } from '../../harness/faults/fault.ts';
import { storeBlackHoled } from '../../harness/faults/store-black-holed.ts';
import { storePaused } from '../../harness/faults/store-paused.ts';
import { storeUnreachable } from '../../harness/faults/store-unreachable.ts';
import type { Sending } from '../../harness/run/scenario.ts';
import { oneClient, signerCase, type SignerAuthScenario } from '../case.ts';
import { failsClosed, failsClosedOnReplay, recovered } from '../store-away.ts';

const about = (clause: ClauseId): Sending => ({ about: clause });

/** Under these a store says nothing at all, and readiness follows it. */
const silentStores: ReadonlySet<Fault> = new Set([storeUnreachable, storeBlackHoled, storePaused]);

/** An outage that is over before anybody tried to connect anew a few times shows nothing of whoever gives up. */
const LONG_MS = 1000;

/** Before, during and after a fault of the store that gives every replica no answer, or perhaps none. */
export function storeFault(fault: Fault): SignerAuthScenario {
  const away = fault.store === 'away';
  const silent = silentStores.has(fault);
  /** What may be said to a good request while nobody can say whether it is the first with its nonce. */
  const answers = [
    ...failsClosed,
    ...(away ? [] : [ACCEPTED]),
    ...(fault.losesReplies ? ['REPLAY_NONCE_USED'] : []),
  ];
  return signerCase({
    id: `chaos-${fault.name}`,
    clause: 'replay/fail-closed',
    tags: ['chaos', 'chaos-store'],
    alone: 'last',
    apart: true,
    clients: oneClient,
    judgedBy: ['failed-closed'],
    also: [
      { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
      { clause: 'replay/recovers' },
      { clause: 'answers/bounded', judgedBy: ['slowest-answer'] },
      ...(silent ? [{ clause: 'ready/truthful', judgedBy: ['told-truth'] }] : []),
    ],
    async run({ client, replicas, suffers, asksReadiness, waits, now, bounds }) {
      const [a, b] = replicas;
      const signs = (label: string) => client('one').signs({ label });
      const spent = signs('spent before the fault');
      // What has not found back from an attempt before this one leaves this one in doubt, and no more.
      await a.receives(spent, about('replay/single-use'));
      // Nobody whose connection with the store is yet to be made can lose it.
      await b.receives(signs('valid, before the fault'));
      if (silent) await asksReadiness('ready');

      const ordeal = await suffers(fault);
      if (!ordeal.possible) return;
      const inDoubt = replicas.map(() => signs('valid, during the fault'));
      const contested = signs('one nonce at both replicas, during the fault');
      // All at once: each may take as long as the bound.
      await Promise.all(
        replicas.flatMap((replica, index) => [
          replica.answers(inDoubt[index]!, answers),
          replica.answers(
            { ...spent, label: 'sent again during the fault' },
            failsClosedOnReplay,
            about('replay/single-use'),
          ),
          replica.receives(contested, about('replay/single-use')),
        ]),
      );
      if (silent) await asksReadiness('not-ready');
      if (fault === storeUnreachable) await waits(LONG_MS, 'longer than a signer comes again at once');
      await ordeal.heals();

      for (const replica of replicas) {
        await recovered(
          replica,
          () => signs('valid, after the fault'),
          now,
          bounds.recoversWithinMs,
          about('replay/recovers'),
        );
        await replica.accepts(signs('valid, once it had recovered'), about('replay/recovers'));
      }
      // Whoever was refused does not know whether his nonce was spent: either is right, and after that it is.
      for (const request of [...inDoubt, contested]) {
        await a.answers(
          { ...request, label: `${request.label}, sent again after it` },
          [ACCEPTED, 'REPLAY_NONCE_USED'],
          about('replay/recovers'),
        );
        await b.refuses(
          { ...request, label: `${request.label}, sent a third time` },
          'REPLAY_NONCE_USED',
          about('replay/recovers'),
        );
      }
      for (const replica of replicas)
        await replica.refuses(
          { ...spent, label: 'sent again after the fault' },
          'REPLAY_NONCE_USED',
          about('replay/recovers'),
        );
      if (silent) await asksReadiness('ready');
    },
  });
}
