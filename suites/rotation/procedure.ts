import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import type { SignerAuthVerdict } from '../../harness/contract/signer-auth-v1/verdicts.ts';
import type { Holds, Procedure, Standing, Step, StreamPlan } from '../../harness/run/drill/procedure.ts';
import type { ClientNeed } from '../../harness/run/scenario.ts';
import type { RunbookId } from './runbook.ts';

/** A rotation for signer-auth-v1, as its author writes it; `Name` are the names of its traffic. */
interface Draft<Name extends string> extends Pick<
  Procedure<SigningClient>,
  'id' | 'sentence' | 'tags' | 'limits'
> {
  /** Each signs at first with the last of its allowed secrets. */
  readonly clients: Readonly<Record<string, ClientNeed & { readonly allowed: readonly string[] }>>;
  readonly traffic: Readonly<Record<Name, Traffic>>;
  /** What each is answered before the first step. */
  readonly holds: Readonly<Record<NoInfer<Name>, SignerAuthVerdict>>;
  readonly steps: readonly StepDraft<NoInfer<Name>>[];
}

/** A step, with the clauses and runbook lines that there are. */
export interface StepDraft<Name extends string = string> extends Omit<Step, 'runbook' | 'during' | 'after'> {
  readonly runbook: readonly RunbookId[];
  /** What is answered otherwise from now on. */
  readonly changes?: Partial<Readonly<Record<Name, SignerAuthVerdict>>>;
  /** Where more may be answered meanwhile than before it and after it. */
  readonly during?: Partial<Readonly<Record<Name, readonly SignerAuthVerdict[]>>>;
}

type Way = StreamPlan<SigningClient>['on'][number];

/** Requests of one kind; the procedure has a stream of them for each kind of connection. */
export interface Traffic extends Omit<StreamPlan<SigningClient>, 'id' | 'on' | 'perSecond'> {
  readonly clauses: { readonly accepted: ClauseId; readonly refused: ClauseId };
  readonly perSecond: Readonly<Partial<Record<Way, number>>>;
}

/** A procedure for signer-auth-v1: a clause or a runbook line that there is not is a type error. */
export function signerProcedure<const Name extends string>(draft: Draft<Name>): Procedure<SigningClient> {
  const { traffic, holds, steps, ...rest } = draft;
  const start: Standing = {
    fleet: { secrets: allowedOf(draft.clients), trust: ['old'], server: 'old' },
    use: { secrets: lastOf(draft.clients), identity: 'valid', trust: ['old'] },
  };
  const onEach = (answers: Readonly<Record<string, readonly SignerAuthVerdict[]>>): Holds =>
    Object.fromEntries(
      Object.entries(answers).flatMap(([name, verdicts]) =>
        waysOf(traffic[name as Name]).map(([way]) => [`${name}-${way}`, verdicts]),
      ),
    );
  let before: Readonly<Record<string, SignerAuthVerdict>> = holds;
  const taken = steps.map(({ changes, during, ...step }): Step => {
    const after = { ...before, ...changes };
    const meanwhile = { ...inEither(before, after), ...during };
    before = after;
    return { ...step, during: onEach(meanwhile), after: onEach(inEither(after, after)) };
  });
  return { ...rest, start, steps: taken, streams: Object.entries<Traffic>(traffic).flatMap(streamsOf) };
}

function streamsOf([name, traffic]: [string, Traffic]): StreamPlan<SigningClient>[] {
  return waysOf(traffic).map(([way, perSecond]) => ({
    ...traffic,
    id: `${name}-${way}`,
    // Behind a balancer nobody can say which replica a session is to be resumed at.
    to: way === 'resumed' ? traffic.to.filter((to) => to === 'replicas') : traffic.to,
    on: [way],
    perSecond,
  }));
}

const waysOf = ({ perSecond }: Traffic): [Way, number][] => Object.entries(perSecond) as [Way, number][];

const inEither = (
  before: Readonly<Record<string, SignerAuthVerdict>>,
  after: Readonly<Record<string, SignerAuthVerdict>>,
): Record<string, SignerAuthVerdict[]> =>
  Object.fromEntries(
    Object.entries(after).map(([name, verdict]) => [name, [...new Set([before[name]!, verdict])]]),
  );

type Clients = Draft<string>['clients'];

const allowedOf = (clients: Clients): Standing['fleet']['secrets'] =>
  Object.fromEntries(Object.entries(clients).map(([name, { allowed }]) => [name, allowed]));

const lastOf = (clients: Clients): Standing['use']['secrets'] =>
  Object.fromEntries(Object.entries(clients).map(([name, { allowed }]) => [name, allowed.at(-1)!]));

/** What the runbook's refusals are called, in the words of a procedure. */
export const WRONGLY_SIGNED = 'AUTH_INVALID_HMAC';
export const SPENT = 'REPLAY_NONCE_USED';
export const STALE = 'AUTH_TIMESTAMP_SKEW';
export const NOT_VOUCHED_FOR = 'AUTH_MTLS_REQUIRED';
