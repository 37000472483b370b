import type { IncomingMessage, ServerResponse } from 'node:http';

import { discardBody } from './body.ts';

// One fixed text for each code: a text that said more would tell a stranger which guess was nearer.
const REFUSALS = {
  AUTH_INVALID_CLIENT: [401, 'Client is missing or unknown'],
  AUTH_MTLS_REQUIRED: [403, 'A trusted client certificate is required'],
  AUTH_TIMESTAMP_SKEW: [401, 'Timestamp is missing, malformed or outside the allowed window'],
  AUTH_INVALID_NONCE: [401, 'Nonce is missing or malformed'],
  AUTH_INVALID_SIGNATURE_FORMAT: [401, 'Signature is missing or not hexadecimal'],
  AUTH_INVALID_HMAC: [401, 'Signature does not match'],
  REPLAY_NONCE_USED: [409, 'Nonce was already used'],
  INVALID_REQUEST_BODY: [400, 'Request body does not follow the schema'],
  NOT_FOUND: [404, 'There is nothing at this path'],
  METHOD_NOT_ALLOWED: [405, 'This path takes POST only'],
  PAYLOAD_TOO_LARGE: [413, 'Request body is too large'],
  SIGNER_UNAVAILABLE: [503, 'Signer cannot decide at the moment'],
  INTERNAL_ERROR: [500, 'Signer failed'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

/** Why a request is not served, in the words of the wire. */
type ErrorCode = keyof typeof REFUSALS;

/** Thrown by the check that fails; becomes the error envelope. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode) {
    super(REFUSALS[errorCode][1]);
    this.errorCode = errorCode;
  }

  get status(): number {
    return REFUSALS[this.errorCode][0];
  }
}

/** A status with the value that becomes its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The error envelope: these four fields and no other. */
export function refuse(refusal: Refusal, requestId: string): Answer {
  const retryable = refusal.status === 429 || refusal.status >= 500;
  const body = { error: refusal.message, errorCode: refusal.errorCode, requestId, retryable };
  return { status: refusal.status, body };
}

/** Sends an answer, complete, whether or not the request was read to its end. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const json = Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': json.length });
  response.write(json);

  // The client has its answer now. Ending the exchange on unread input could reset the connection under it.
  if (!request.readableEnded && !(await discardBody(request))) request.socket.destroy();
  response.end();
}
