import { ACCEPTED } from '../../harness/contract/contract.ts';
import type { Fleet, Use } from '../../harness/run/drill/procedure.ts';
import { WRONGLY_SIGNED, type StepDraft } from './procedure.ts';
import type { RunbookId } from './runbook.ts';

export const allows =
  (client: string, ...secrets: readonly string[]) =>
  (fleet: Fleet): Fleet => ({ ...fleet, secrets: { ...fleet.secrets, [client]: secrets } });

export const signsWith =
  (client: string, secret: string) =>
  (use: Use): Use => ({ ...use, secrets: { ...use.secrets, [client]: secret } });

interface Lap {
  readonly from: string;
  readonly to: string;
  readonly client?: string;
  /** What else is to be seen after each of its steps. */
  readonly also?: readonly RunbookId[];
}

/** A client goes from one secret to another. Its traffic is named after the secrets, and after it where it is one of several. */
export function secretLap({
  from,
  to,
  client = 'one',
  also = [],
}: Lap): readonly [StepDraft, StepDraft, StepDraft] {
  const [whose, forWhom] = client === 'one' ? ['', ''] : [`${client}-`, ` for the client "${client}"`];
  return [
    {
      id: `${whose}allow-${to}`,
      sentence: `The replicas allow ${to} beside ${from}${forWhom}, one after the other.`,
      undo: `The replicas allow only ${from} again${forWhom}.`,
      runbook: ['hmac/1', 'hmac/2', ...also],
      fleet: allows(client, from, to),
      changes: { [`${whose}${to}`]: ACCEPTED },
    },
    {
      id: `${whose}sign-with-${to}`,
      sentence: `Clients sign with ${to}${forWhom}, and ${from} is still allowed.`,
      undo: `Clients sign with ${from} again${forWhom}.`,
      runbook: ['hmac/3', 'hmac/4', 'hmac/4/next', 'hmac/4/replay', 'hmac/4/current', ...also],
      use: signsWith(client, to),
    },
    {
      id: `${whose}remove-${from}`,
      sentence: `The replicas allow ${from} no more${forWhom}, one after the other.`,
      undo: `The replicas allow ${from} again beside ${to}${forWhom}.`,
      runbook: ['hmac/5', 'hmac/6', ...also],
      fleet: allows(client, to),
      changes: { [`${whose}${from}`]: WRONGLY_SIGNED },
    },
  ];
}
