import { wallClockMs } from '../../harness/clock.ts';
import type { Verdict } from '../../harness/contract/contract.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { Canaries } from '../../harness/run/canaries.ts';
import { clientsOf, entriesOf, type PlannedClient } from '../../harness/run/clients.ts';
import { identityCalled, makeDrillCredentials, type Credentials } from '../../harness/run/credentials.ts';
import { configured } from '../../harness/run/drill/fleet.ts';
import { standingsOf } from '../../harness/run/drill/course.ts';
import type { Fleet, Procedure, StreamPlan, Use } from '../../harness/run/drill/procedure.ts';
import { adapterOf, stateOf } from '../../harness/signer/adapter.fixture.ts';
import { holdingOf } from '../../harness/signer/holding.ts';
import { offerOf } from '../../harness/signer/offer.ts';

type SignerProcedure = Procedure<SigningClient>;

/** Where two claims part: what a procedure says of a stream at a step, and what the contract says. */
export interface Contradiction {
  readonly step: string;
  readonly stream: string;
  readonly when: 'during' | 'after';
  readonly claimed: readonly Verdict[];
  readonly right: readonly Verdict[];
}

/** Plays procedures where nothing is unknown: who is answered what follows from where everybody stands. */
export async function perfectWorld(): Promise<(procedure: SignerProcedure) => Contradiction[]> {
  const credentials = await makeDrillCredentials(['perfect/replica-1']);
  return (procedure) => contradictions(procedure, credentials);
}

function contradictions(procedure: SignerProcedure, credentials: Credentials): Contradiction[] {
  const clients = clientsOf(procedure, new Canaries());
  const standings = standingsOf(procedure);
  return procedure.steps.flatMap((step, index) => {
    const [before, after] = [standings[index]!, standings[index + 1]!];
    // There and back: clients change in one moment, replicas one after the other.
    const moments = { during: [before, after], after: [after] };
    const streams = new Set([
      ...procedure.streams.map(({ id }) => id),
      ...Object.keys(step.during),
      ...Object.keys(step.after),
    ]);
    return (['during', 'after'] as const).flatMap((when) =>
      [...streams].flatMap((id) => {
        const stream = procedure.streams.find((each) => each.id === id);
        const [uses, fleets] = [moments[when].map(({ use }) => use), moments[when].map(({ fleet }) => fleet)];
        const right = stream
          ? uses.flatMap((use) =>
              fleets.flatMap((fleet) => verdicts(stream, use, fleet, { procedure, clients, credentials })),
            )
          : [];
        const [said, meant] = [sorted(step[when][id] ?? []), sorted(right)];
        return String(said) === String(meant)
          ? []
          : [{ step: step.id, stream: id, when, claimed: said, right: meant }];
      }),
    );
  });
}

const sorted = (all: readonly Verdict[]): Verdict[] => [...new Set(all)].toSorted();

const [SPENT_NONCE, EXPIRED_NONCE, FRESH_NONCE] = ['spent', 'expired', 'fresh'].map((each) => each.repeat(4));

function verdicts(
  stream: StreamPlan<SigningClient>,
  use: Use,
  fleet: Fleet,
  world: {
    readonly procedure: SignerProcedure;
    readonly clients: ReadonlyMap<string, PlannedClient>;
    readonly credentials: Credentials;
  },
): Verdict[] {
  const { clients, credentials } = world;
  const [adapter, now] = [adapterOf(), wallClockMs()];
  const [offer, limits] = [offerOf(adapter), adapter.limits[world.procedure.limits ?? 'usual']];
  const { id, secrets } = clients.get(stream.client)!;
  const known = Object.entries(secrets).map(
    ([name, secret]) => [name, { id: secret.id, value: secret.reveal() }] as const,
  );
  const client = signerAuthV1.client({
    id,
    secrets: Object.fromEntries(known),
    offer,
    now: () => now,
    nonce: () => FRESH_NONCE!,
  });
  const request = stream.makes(client, {
    secret: use.secrets[stream.client]!,
    limits,
    spentNonce: () => SPENT_NONCE,
    expiredNonce: () => EXPIRED_NONCE,
  });
  const facts = signerAuthV1.observe(
    request!,
    known.map(([, secret]) => secret),
    offer,
  );
  const state = configured({ ...stateOf(), clients: entriesOf(clients.values()), ...limits }, fleet, {
    of: 'perfect/replica-1',
    clients,
    credentials,
  });
  const shown = identityCalled(stream.identity === 'in-use' ? use.identity : stream.identity, credentials);
  return [
    ...signerAuthV1.rightVerdicts(facts, shown?.facts ?? null, {
      holdings: [holdingOf({ ...state, store: stateOf().store })],
      clock: { from: now, to: now },
      spent: (key) => (key.includes(SPENT_NONCE!) ? 'yes' : 'no'),
      storeDown: 'no',
    }),
  ];
}
