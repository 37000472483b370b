import type { HeaderPair, WireRequest } from '../contract.ts';
import { signatureOf } from './canonical.ts';
import { headerNames, type HeaderRole } from './headers.ts';

/** What a client puts its name to. */
export interface Draft {
  readonly client: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
}

/** A request as an honest client sends it, signed with the secret's UTF-8 bytes. */
export function signedRequest(draft: Draft, secret: string): WireRequest {
  return carrying(draft, signatureOf(secret, draft));
}

/** The same with a signature of somebody else's making. */
export function carrying(draft: Draft, signature: string, label = 'as signed'): WireRequest {
  const headers: HeaderPair[] = [
    ['content-type', 'application/json'],
    [headerNames.client, onTheWire(draft.client)],
    [headerNames.timestamp, onTheWire(draft.timestamp)],
    [headerNames.nonce, onTheWire(draft.nonce)],
    [headerNames.signature, onTheWire(signature)],
  ];
  return { method: draft.method, target: draft.target, headers, body: draft.body, label };
}

/** Changed after signing: what an attacker who holds no secret can do to a captured request. */
export function tampered(
  request: WireRequest,
  label: string,
  change: Partial<Omit<WireRequest, 'label'>>,
): WireRequest {
  return { ...request, ...change, label };
}

/** With one of the four headers given these values: none leaves it out, two send it twice. */
export function withHeader(
  request: WireRequest,
  role: HeaderRole,
  values: readonly string[],
  label: string,
): WireRequest {
  const name = headerNames[role];
  const at = request.headers.findIndex(([other]) => other === name);
  const others = request.headers.filter(([other]) => other !== name);
  const pairs = values.map((value): HeaderPair => [name, onTheWire(value)]);
  return { ...request, headers: [...others.slice(0, at), ...pairs, ...others.slice(at)], label };
}

/** The first value of one of the four headers, as text. */
export function headerOf(request: WireRequest, role: HeaderRole): string {
  const pair = request.headers.find(([name]) => name === headerNames[role]);
  return pair ? Buffer.from(pair[1], 'latin1').toString('utf8') : '';
}

/** HTTP headers are bytes: text travels as its UTF-8 bytes, one character each. */
const onTheWire = (text: string): string =>
  ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

// oxlint-disable-next-line no-control-regex -- ASCII has them
const ASCII = /^[\0-\x7f]*$/;
