import { ACCEPTED } from '../../harness/contract/contract.ts';
import { showsServer } from './authority-lap.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT, WRONGLY_SIGNED } from './procedure.ts';
import { honest, noCertificate, replayed, rogueSecret } from './streams.ts';

export const serverCertificate = signerProcedure({
  id: 'server-certificate-renewal',
  sentence: 'The replicas show a new certificate of the same authority, and some time later another.',
  tags: ['rotation', 'certificates', 'twice'],
  clients: { one: { allowed: ['current'], spare: ['rogue'] } },
  traffic: {
    honest: honest({ perSecond: { kept: 7, fresh: 2, resumed: 2 } }),
    rogue: rogueSecret(),
    replayed: replayed(),
    'no-certificate': noCertificate(),
  },
  holds: { honest: ACCEPTED, rogue: WRONGLY_SIGNED, replayed: SPENT, 'no-certificate': NOT_VOUCHED_FOR },
  steps: [
    {
      id: 'show-renewed',
      sentence: 'The replicas show their renewed certificates, one replica after the other.',
      undo: 'The replicas show their first certificates again.',
      runbook: ['mtls/4'],
      fleet: showsServer('renewed'),
    },
    {
      id: 'show-renewed-again',
      sentence: 'The replicas show certificates renewed once more, one replica after the other.',
      undo: 'The replicas show their renewed certificates again.',
      runbook: ['mtls/4'],
      fleet: showsServer('renewed-again'),
    },
  ],
});
