import { ACCEPTED } from '../contract.ts';

/** The contract's error codes with the status each travels with. */
export const errorCodes = {
  AUTH_INVALID_CLIENT: 401,
  AUTH_MTLS_REQUIRED: 403,
  AUTH_TIMESTAMP_SKEW: 401,
  AUTH_INVALID_NONCE: 401,
  AUTH_INVALID_SIGNATURE_FORMAT: 401,
  AUTH_INVALID_HMAC: 401,
  REPLAY_NONCE_USED: 409,
  POLICY_SELECTOR_DENIED: 422,
  POLICY_CALL_NOT_ALLOWED: 422,
  RATE_LIMITED: 429,
  SIGNER_UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Refusals that the contract leaves without a code: the HTTP layer could not read the request, the endpoint does
 * not exist, or the body was refused by a signer that had authenticated it.
 */
export const uncodedRefusals = ['MALFORMED_REQUEST', 'NOT_SERVED', 'BODY_REFUSED'] as const;

export type Refusal = ErrorCode | (typeof uncodedRefusals)[number];
export type SignerAuthVerdict = Refusal | typeof ACCEPTED;

export const refusals: readonly Refusal[] = [...(Object.keys(errorCodes) as ErrorCode[]), ...uncodedRefusals];

/** Refusals by which a signer says who may not pass, as opposed to policy, limits and outages. */
export const authenticationRefusals: readonly ErrorCode[] = [
  'AUTH_INVALID_CLIENT',
  'AUTH_MTLS_REQUIRED',
  'AUTH_TIMESTAMP_SKEW',
  'AUTH_INVALID_NONCE',
  'AUTH_INVALID_SIGNATURE_FORMAT',
  'AUTH_INVALID_HMAC',
  'REPLAY_NONCE_USED',
];

/** Refusals that only come after authentication; whether they spend the nonce is left open. */
export const refusedAfterAuthentication: readonly Refusal[] = [
  'BODY_REFUSED',
  'POLICY_SELECTOR_DENIED',
  'POLICY_CALL_NOT_ALLOWED',
];
