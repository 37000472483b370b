import { ACCEPTED } from '../../harness/contract/contract.ts';
import { authorityLap, trusts } from './authority-lap.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT } from './procedure.ts';
import { honest, noCertificate, replayed, rogueCertificate, showing } from './streams.ts';

const tags = ['rotation', 'certificates'];
const clients = { one: { allowed: ['current'] } };

const old = showing('valid', { accepted: 'rotation/removed-authority', refused: 'rotation/overlap' });
const toCome = { accepted: 'mtls/trusted-only', refused: 'rotation/overlap' } as const;
const always = {
  honest: honest({ clauses: { accepted: 'mtls/trusted-only', refused: 'rotation/no-downtime' } }),
  rogue: rogueCertificate(),
  'no-certificate': noCertificate(),
};
const alwaysHolds = {
  honest: ACCEPTED,
  rogue: NOT_VOUCHED_FOR,
  'no-certificate': NOT_VOUCHED_FOR,
  replayed: SPENT,
} as const;

const trustBundle = signerProcedure({
  id: 'trust-bundle-rotation',
  sentence:
    'Clients and replicas go from one certificate authority to the next, with a time in which both count.',
  tags,
  clients,
  traffic: {
    ...always,
    old,
    next: showing('next', toCome),
    replayed: replayed(),
  },
  holds: { ...alwaysHolds, old: ACCEPTED, next: NOT_VOUCHED_FOR },
  steps: authorityLap('old', 'next'),
});

/** Whoever hears only of the first change is found out by the second. */
const trustBundleTwice = signerProcedure({
  id: 'trust-bundle-rotation-twice',
  sentence: 'Clients and replicas go from one certificate authority to the next and from that to a third.',
  tags: [...tags, 'twice'],
  clients,
  traffic: {
    ...always,
    old,
    next: showing('next', { accepted: 'rotation/every-change', refused: 'rotation/overlap' }),
    third: showing('third', { accepted: 'mtls/trusted-only', refused: 'rotation/every-change' }),
    replayed: replayed(),
  },
  holds: { ...alwaysHolds, old: ACCEPTED, next: NOT_VOUCHED_FOR, third: NOT_VOUCHED_FOR },
  steps: [...authorityLap('old', 'next'), ...authorityLap('next', 'third')],
});

/** A name is not a key: whoever looks authorities up by their subject finds the wrong one. */
const namesake = signerProcedure({
  id: 'trust-bundle-rotation-to-namesake',
  sentence: 'The new certificate authority bears the name of the old one, and only its key is another.',
  tags,
  clients,
  traffic: { ...always, old, namesake: showing('namesake', toCome), replayed: replayed() },
  holds: { ...alwaysHolds, old: ACCEPTED, namesake: NOT_VOUCHED_FOR },
  steps: authorityLap('old', 'namesake'),
});

/** Whoever reads only the first certificate of a bundle, or the last, is right in one order and wrong in the other. */
const bundleOrder = signerProcedure({
  id: 'trust-bundle-order',
  sentence: 'Two authorities are trusted, in the one order and then in the other.',
  tags,
  clients,
  traffic: { ...always, old, next: showing('next', toCome), replayed: replayed() },
  holds: { ...alwaysHolds, old: ACCEPTED, next: NOT_VOUCHED_FOR },
  steps: [
    {
      id: 'next-before-old',
      sentence: 'The replicas trust next and old, with next as the first in the bundle.',
      undo: 'The replicas trust old alone again.',
      runbook: ['mtls/1', 'mtls/2'],
      fleet: trusts('next', 'old'),
      changes: { next: ACCEPTED },
    },
    {
      id: 'old-before-next',
      sentence: 'The replicas trust old and next, with old as the first in the bundle.',
      undo: 'The replicas have next as the first in the bundle again.',
      runbook: ['mtls/2'],
      fleet: trusts('old', 'next'),
    },
  ],
});

export const trustBundles = [trustBundle, trustBundleTwice, namesake, bundleOrder];
