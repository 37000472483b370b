import type { ClientMaterials, KnownSecret, Offer, WireRequest } from '../contract.ts';
import { bodyDigest, canonicalString, signatureOf, signingWith } from './canonical.ts';
import { carrying, type Draft } from './request.ts';

/** An honest client. What a dishonest one does starts from a request of its. */
export interface SigningClient {
  readonly id: string;
  readonly offer: Offer;
  /** A fresh, rightly signed request; what is given differs from the usual. */
  signs(choice?: Choice): WireRequest;
  /** The signature that one of this client's secrets gives for a draft. */
  signatureOf(draft: Draft, secretName?: string): string;
}

export interface Choice {
  /** The name of the secret to sign with. */
  readonly with?: string;
  /** Milliseconds from now, into the future or the past. */
  readonly dated?: number;
  /** The timestamp as text, where its form is the point. */
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly method?: string;
  readonly target?: string;
  readonly body?: string | Uint8Array;
  /** A signature that is not made by the rules, from the fields that go with it. */
  readonly signature?: (draft: Draft, secret: string) => string;
  readonly label?: string;
}

export function signingClient({ id, secrets, offer, now, nonce }: ClientMaterials): SigningClient {
  const secret = (name: string): KnownSecret => {
    const found = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (!found)
      throw new Error(
        `Client ${id} has no secret called "${name}"; it has ${Object.keys(secrets).join(', ')}`,
      );
    return found;
  };
  const [usual = 'current'] = Object.keys(secrets);
  // Thousands of requests differ in nothing but timestamp and nonce: what they share is worked out once.
  const offered = Buffer.from(offer.body);
  const digest = bodyDigest(offered);
  const signings = new Map<string, (canonical: string) => string>();
  const signed = (draft: Draft, { value }: KnownSecret): string => {
    const sign = signings.get(value) ?? signingWith(value);
    signings.set(value, sign);
    return sign(canonicalString(draft, draft.body === offered ? digest : undefined));
  };
  return {
    id,
    offer,
    signatureOf: (draft, name = usual) => signatureOf(secret(name).value, draft),
    signs(choice = {}) {
      const chosen = secret(choice.with ?? usual);
      const body = choice.body ?? offered;
      const draft: Draft = {
        client: id,
        timestamp: choice.timestamp ?? String(Math.round(now() + (choice.dated ?? 0))),
        nonce: choice.nonce ?? nonce(),
        method: choice.method ?? offer.method,
        target: choice.target ?? offer.target,
        body: typeof body === 'string' ? Buffer.from(body) : body,
      };
      const signature = choice.signature?.(draft, chosen.value) ?? signed(draft, chosen);
      return carrying(draft, signature, choice.label ?? describe(choice));
    },
  };
}

/** What is special about a request, in the words a report uses. */
function describe({
  with: secret,
  dated,
  timestamp,
  nonce,
  method,
  target,
  body,
  signature,
}: Choice): string {
  const parts = [
    secret === undefined ? undefined : `signed with ${secret}`,
    dated === undefined ? undefined : `dated ${dated > 0 ? '+' : ''}${dated} ms`,
    timestamp === undefined ? undefined : `timestamp "${timestamp}"`,
    nonce === undefined ? undefined : 'chosen nonce',
    method === undefined ? undefined : `method ${method}`,
    target === undefined ? undefined : `target ${target}`,
    body === undefined ? undefined : 'other body',
    signature === undefined ? undefined : 'signature of its own making',
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : 'as signed';
}
