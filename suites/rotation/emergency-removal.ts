import { ACCEPTED } from '../../harness/contract/contract.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT, WRONGLY_SIGNED } from './procedure.ts';
import { allows, signsWith } from './secret-lap.ts';
import { honest, noCertificate, replayed, rogueSecret, signedWith } from './streams.ts';

const tags = ['rotation', 'secrets', 'emergency'];

/** As often as can be: between the last one let in and the first one refused lies how long the leak stayed open. */
const compromised = signedWith(
  'compromised',
  { accepted: 'rotation/removed-secret', refused: 'rotation/no-downtime' },
  { perSecond: { kept: 6, fresh: 1, resumed: 1 } },
);
const next = signedWith('next', { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' });

const withoutOverlap = signerProcedure({
  id: 'emergency-removal',
  sentence:
    'A secret has leaked: it is replaced at once, and whatever honest clients lose meanwhile is the price.',
  tags,
  clients: { one: { allowed: ['compromised'], spare: ['next', 'rogue'] } },
  traffic: {
    honest: honest(),
    compromised,
    next,
    rogue: rogueSecret(),
    replayed: replayed(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    compromised: ACCEPTED,
    next: WRONGLY_SIGNED,
    rogue: WRONGLY_SIGNED,
    replayed: SPENT,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: [
    {
      id: 'replace-compromised',
      sentence: 'Clients sign with next, and the replicas allow next alone, all of them as fast as they can.',
      undo: 'Clients and replicas go back to the secret that leaked.',
      runbook: ['hmac/3', 'hmac/5', 'hmac/6'],
      urgent: true,
      use: signsWith('one', 'next'),
      fleet: allows('one', 'next'),
      changes: { compromised: WRONGLY_SIGNED, next: ACCEPTED },
      // Clients change in one moment and replicas do not.
      during: { honest: [ACCEPTED, WRONGLY_SIGNED], replayed: [SPENT, WRONGLY_SIGNED] },
    },
  ],
});

const inOverlap = signerProcedure({
  id: 'emergency-removal-in-overlap',
  sentence:
    'A secret has leaked while the next is in use already: it is removed at once, and nobody loses anything.',
  tags,
  clients: { one: { allowed: ['compromised', 'next'], spare: ['rogue'] } },
  traffic: {
    honest: honest(),
    compromised,
    rogue: rogueSecret(),
    replayed: replayed(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    compromised: ACCEPTED,
    rogue: WRONGLY_SIGNED,
    replayed: SPENT,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: [
    {
      id: 'remove-compromised',
      sentence: 'The replicas allow next alone, all of them as fast as they can.',
      undo: 'The replicas allow the secret that leaked again.',
      runbook: ['hmac/5', 'hmac/6'],
      urgent: true,
      fleet: allows('one', 'next'),
      changes: { compromised: WRONGLY_SIGNED },
    },
  ],
});

export const emergencyRemoval = [withoutOverlap, inOverlap];
