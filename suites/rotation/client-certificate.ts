import { ACCEPTED } from '../../harness/contract/contract.ts';
import { showsClient } from './authority-lap.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT } from './procedure.ts';
import { honest, noCertificate, replayed, rogueCertificate, showing } from './streams.ts';

/** The authority vouches for each of them, whether or not it is the one in use. */
export const clientCertificate = signerProcedure({
  id: 'client-certificate-renewal',
  sentence: 'Clients show a new certificate of the same authority, and some time later another.',
  tags: ['rotation', 'certificates', 'twice'],
  clients: { one: { allowed: ['current'] } },
  traffic: {
    honest: honest({ clauses: { accepted: 'mtls/trusted-only', refused: 'rotation/no-downtime' } }),
    old: showing('valid', { accepted: 'mtls/trusted-only', refused: 'rotation/no-downtime' }),
    renewed: showing('renewed', { accepted: 'mtls/trusted-only', refused: 'rotation/no-downtime' }),
    'renewed-again': showing('renewed-again', {
      accepted: 'mtls/trusted-only',
      refused: 'rotation/every-change',
    }),
    rogue: rogueCertificate(),
    replayed: replayed(),
    'no-certificate': noCertificate(),
  },
  holds: {
    honest: ACCEPTED,
    old: ACCEPTED,
    renewed: ACCEPTED,
    'renewed-again': ACCEPTED,
    rogue: NOT_VOUCHED_FOR,
    replayed: SPENT,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: [
    {
      id: 'clients-show-renewed',
      sentence: 'Clients show their renewed certificates.',
      undo: 'Clients show their first certificates again.',
      runbook: ['mtls/3'],
      use: showsClient('renewed'),
    },
    {
      id: 'clients-show-renewed-again',
      sentence: 'Clients show certificates renewed once more.',
      undo: 'Clients show their renewed certificates again.',
      runbook: ['mtls/3'],
      use: showsClient('renewed-again'),
    },
  ],
});
