import type { ClauseId } from '../harness/contract/signer-auth-v1/clauses.ts';
import type { SigningClient } from '../harness/contract/signer-auth-v1/client.ts';
import { scenario, type Scenario } from '../harness/run/scenario.ts';

export type SignerAuthScenario = Scenario<SigningClient> & { readonly clause: ClauseId };

/** A case for signer-auth-v1: a clause that the contract does not have is a type error. */
export const signerCase = (value: SignerAuthScenario): SignerAuthScenario => {
  scenario(value);
  return value;
};

/** The client of most cases: registered, with one secret. */
export const oneClient = { one: { allowed: ['current'] } } as const;

/** Well past what a clock could be off by, and well within what a limit allows. */
export const MARGIN_MS = 5000;
