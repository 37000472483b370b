import { ACCEPTED } from '../../harness/contract/contract.ts';
import { NOT_VOUCHED_FOR, signerProcedure, SPENT, WRONGLY_SIGNED } from './procedure.ts';
import { secretLap } from './secret-lap.ts';
import { honest, noCertificate, replayed, rogueSecret, signedWith } from './streams.ts';

const need = { allowed: ['current'], spare: ['next', 'rogue'] };

/** The same for each client, under names of its own. */
function ofEach<Each>(each: (client: string) => Each): {
  [K in `${Client}-${keyof Each & string}`]: Each[keyof Each];
} {
  const entries = CLIENTS.flatMap((client) =>
    Object.entries(each(client) as Record<string, unknown>).map(([name, value]) => [
      `${client}-${name}`,
      value,
    ]),
  );
  return Object.fromEntries(entries) as ReturnType<typeof ofEach<Each>>;
}

const CLIENTS = ['early', 'middle', 'late'] as const;
type Client = (typeof CLIENTS)[number];

const lapOf = (client: Client) => secretLap({ client, from: 'current', to: 'next' });
const [earlyAllows, earlySigns, earlyRemoves] = lapOf('early');
const [middleAllows, middleSigns, middleRemoves] = lapOf('middle');
const [lateAllows, lateSigns, lateRemoves] = lapOf('late');

export const severalClients = signerProcedure({
  id: 'hmac-secrets-of-several-clients',
  sentence: 'Three clients change their secrets at their own pace: one is done while another has not begun.',
  tags: ['rotation', 'secrets'],
  clients: { early: need, middle: need, late: need },
  traffic: {
    ...ofEach((client) => ({
      honest: honest({
        client,
        credential: `honest client "${client}"`,
        perSecond: { kept: 3, fresh: 1, resumed: 1 },
      }),
      current: signedWith(
        'current',
        { accepted: 'rotation/removed-secret', refused: 'rotation/overlap' },
        { client, credential: `current secret of "${client}"`, perSecond: { kept: 2 } },
      ),
      next: signedWith(
        'next',
        { accepted: 'secrets/others-refused', refused: 'rotation/overlap' },
        { client, credential: `next secret of "${client}"`, perSecond: { kept: 2 } },
      ),
      replayed: replayed('replay/single-use', { client, perSecond: { kept: 1 } }),
    })),
    rogue: rogueSecret({ client: 'middle' }),
    'no-certificate': noCertificate({ client: 'middle' }),
  },
  holds: {
    ...ofEach(
      () => ({ honest: ACCEPTED, current: ACCEPTED, next: WRONGLY_SIGNED, replayed: SPENT }) as const,
    ),
    rogue: WRONGLY_SIGNED,
    'no-certificate': NOT_VOUCHED_FOR,
  },
  steps: [
    earlyAllows,
    earlySigns,
    middleAllows,
    // From here the first is done, the second in its overlap, and the third has not begun.
    earlyRemoves,
    middleSigns,
    lateAllows,
    middleRemoves,
    lateSigns,
    lateRemoves,
  ],
});
