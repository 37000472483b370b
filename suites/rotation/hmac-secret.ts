import { ACCEPTED } from '../../harness/contract/contract.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT, STALE, WRONGLY_SIGNED } from './procedure.ts';
import { secretLap } from './secret-lap.ts';
import { honest, noCertificate, replayed, rogueSecret, signedWith, stale } from './streams.ts';

const tags = ['rotation', 'secrets'];

const current = signedWith('current', { accepted: 'rotation/removed-secret', refused: 'rotation/overlap' });

const hmacSecret = signerProcedure({
  id: 'hmac-secret-rotation',
  sentence: 'A client goes from its secret to the next, with an overlap in which both count.',
  tags,
  clients: { one: { allowed: ['current'], spare: ['next', 'rogue'] } },
  traffic: {
    honest: honest(),
    current,
    next: signedWith('next', { accepted: 'secrets/others-refused', refused: 'rotation/overlap' }),
    rogue: rogueSecret(),
    replayed: replayed(),
    stale: stale(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    current: ACCEPTED,
    next: WRONGLY_SIGNED,
    rogue: WRONGLY_SIGNED,
    replayed: SPENT,
    stale: STALE,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: secretLap({ from: 'current', to: 'next' }),
});

/** Whoever hears only of the first change is found out by the second. */
const hmacSecretTwice = signerProcedure({
  id: 'hmac-secret-rotation-twice',
  sentence: 'A client goes from its secret to the next and from that to a third.',
  tags: [...tags, 'twice'],
  clients: { one: { allowed: ['current'], spare: ['next', 'third', 'rogue'] } },
  traffic: {
    honest: honest(),
    current,
    next: signedWith('next', { accepted: 'rotation/every-change', refused: 'rotation/overlap' }),
    third: signedWith('third', { accepted: 'secrets/others-refused', refused: 'rotation/every-change' }),
    rogue: rogueSecret(),
    replayed: replayed(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    current: ACCEPTED,
    next: WRONGLY_SIGNED,
    third: WRONGLY_SIGNED,
    rogue: WRONGLY_SIGNED,
    replayed: SPENT,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: [...secretLap({ from: 'current', to: 'next' }), ...secretLap({ from: 'next', to: 'third' })],
});

export const hmacSecrets = [hmacSecret, hmacSecretTwice];
