import { ACCEPTED } from '../../harness/contract/contract.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT, STALE, WRONGLY_SIGNED } from './procedure.ts';
import { secretLap } from './secret-lap.ts';
import { honest, noCertificate, reopened, replayed, rogueSecret, signedWith, stale } from './streams.ts';

/** With a short time to live, so that its end is met after every step of a rotation. */
export const replayStoreValidation = signerProcedure({
  id: 'replay-store-validation',
  sentence:
    'After every step of a rotation a spent nonce is refused at every replica, until its time to live is over.',
  tags: ['rotation', 'secrets', 'replay'],
  limits: 'short',
  clients: { one: { allowed: ['current'], spare: ['next', 'rogue'] } },
  traffic: {
    honest: honest(),
    replayed: replayed('replay/single-use', { perSecond: { kept: 4, fresh: 1 } }),
    reopened: reopened(),
    current: signedWith(
      'current',
      { accepted: 'rotation/removed-secret', refused: 'rotation/overlap' },
      { perSecond: { kept: 2 } },
    ),
    next: signedWith(
      'next',
      { accepted: 'secrets/others-refused', refused: 'rotation/overlap' },
      { perSecond: { kept: 2 } },
    ),
    rogue: rogueSecret(),
    stale: stale(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    replayed: SPENT,
    reopened: ACCEPTED,
    current: ACCEPTED,
    next: WRONGLY_SIGNED,
    rogue: WRONGLY_SIGNED,
    stale: STALE,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: secretLap({ from: 'current', to: 'next', also: ['replay/1', 'replay/2', 'replay/3'] }),
});
