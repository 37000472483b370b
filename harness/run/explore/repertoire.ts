import type { Signing, WireRequest } from '../../contract/contract.ts';
import type { IdentityName } from '../scenario.ts';
import type { Wrong } from './action.ts';

/** What a contract lends to random schedules: how its requests are made, and which clause each of them decides. */
export interface Repertoire<Client extends Signing> {
  /** A fresh request that is right in everything, signed with this secret. */
  signs(client: Client, secret: string): WireRequest;
  /** The nonce of another request, dated and signed anew. */
  signsAgain(client: Client, request: WireRequest, secret: string): WireRequest;
  /** One that is wrong in this way, made with a secret that is allowed or with one that is not. */
  signsWrong(client: Client, wrong: Wrong, secrets: SecretsNow): Sendable;
  readonly clauses: Readonly<Record<Concern, string>>;
  readonly wrongs: Readonly<Record<Wrong, string>>;
}

export interface SecretsNow {
  readonly allowed: string;
  /** One that the client has and may not use now. */
  readonly other: string;
  /** One that no signer knows. */
  readonly unknown: string;
}

export interface Sendable {
  readonly request: WireRequest;
  readonly identity?: IdentityName;
}

/** What a request that is right in everything is sent to find out. */
export type Concern =
  /** whether it passes */
  | 'passes'
  /** what becomes of it while the store is not what it should be */
  | 'outage'
  /** whether it passes after that */
  | 'recovery'
  /** whether its nonce is known to have been used */
  | 'replay'
  /** whether its nonce may be used again once its time is over */
  | 'reopened'
  /** whether its nonce is left unused by a request that was refused */
  | 'refused-before'
  /** whether one of many copies passes */
  | 'race';
