import type { Fault } from '../../harness/faults/fault.ts';
import { oneClient, signerCase, type SignerAuthScenario } from '../case.ts';

/** Of the maximum age: how far from our time a request is dated that only one of two clocks lets pass. */
const FAR = 0.8;

/** How long a request stays fresh that is about to go stale by the clock that is ahead: enough to be sent. */
const FRESH_MS = 1000;

/** Each replica judges a request by its own clock, and both by one memory of nonces. */
export const skewedReplica = (fault: Fault): SignerAuthScenario =>
  signerCase({
    id: `chaos-${fault.name}`,
    clause: 'time/window-accepted',
    tags: ['chaos', 'chaos-replica'],
    alone: 'last',
    apart: true,
    clients: oneClient,
    also: [
      { clause: 'time/past-refused' },
      { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
      { clause: 'replay/shared' },
    ],
    async run({ client, replicas: [a, b], suffers, waits, limits: { timestampMaxAgeMs: age } }) {
      const signs = (label: string, dated = 0) => client('one').signs({ label, dated });
      const spent = signs('spent before a clock was put wrong');
      await a.accepts(spent);
      const ordeal = await suffers(fault, a.name);
      if (!ordeal.possible) return;
      const offsetMs = fault.clockOffsetMs ?? 0;
      const ahead = offsetMs > 0;
      const [far, stale] = ahead ? [FAR * age, -FAR * age] : [-FAR * age, FAR * age];
      await a.accepts(signs('within the age by the clock of the replica', far));
      await a.refuses(
        signs('within the age by every clock but the replica’s', stale),
        'AUTH_TIMESTAMP_SKEW',
        {
          about: 'time/past-refused',
        },
      );
      await b.accepts(signs('the same at a replica whose clock is right', stale));
      const shared = signs('good by both clocks');
      await a.accepts(shared, { about: 'replay/shared' });
      await b.refuses({ ...shared, label: 'sent again where the clock is right' }, 'REPLAY_NONCE_USED', {
        about: 'replay/shared',
      });
      await a.refuses(
        { ...spent, label: 'sent again to the replica whose clock is wrong' },
        'REPLAY_NONCE_USED',
        { about: 'replay/single-use' },
      );
      const [first, later] = ahead ? [a, b] : [b, a];
      const oldest = Math.max(offsetMs, 0) - age + FRESH_MS;
      const ageing = signs('about to go stale by the clock that is ahead', oldest);
      await first.accepts(ageing, { about: 'replay/single-use' });
      await waits(FRESH_MS, 'the time for which it stays fresh by that clock');
      await later.refuses({ ...ageing, label: 'sent again where it is still fresh' }, 'REPLAY_NONCE_USED', {
        about: 'replay/single-use',
      });
      await ordeal.heals();
      await a.accepts(signs('valid, with the right clock again'));
      await a.refuses({ ...shared, label: 'sent again with the right clock' }, 'REPLAY_NONCE_USED', {
        about: 'replay/single-use',
      });
    },
  });
