import { z } from 'zod';
import type { KnownSecret, Offer, WireRequest } from '../contract.ts';
import { bodyDigest, signatureOf } from './canonical.ts';
import { headerNames, type HeaderRole } from './headers.ts';

/** One way to read the four headers. A header sent once has one reading; one sent twice is read as first, last or joined. */
export const readingSchema = z.strictObject({
  client: z.string().nullable(),
  timestamp: z.string().nullable(),
  nonce: z.string().nullable(),
  nonceBytes: z.number(),
  signature: z.enum(['missing', 'not-hex', 'odd-hex', 'hex']),
  /** Ids of the known secrets that give this signature for the request as it was sent. */
  verifies: z.array(z.string()),
});

/** What a judge may know of a request: nothing in it can be used to sign or to replay. */
export const factsSchema = z.strictObject({
  readings: z.array(readingSchema).min(1),
  /** HTTP that an honest client would not write; the HTTP layer may refuse it. */
  oddWire: z.boolean(),
  /** Method and target are those the signer was said to serve. */
  endpointOffered: z.boolean(),
  /** The body is the one the signer's policy was said to admit. */
  bodyOffered: z.boolean(),
  method: z.string(),
  target: z.string(),
  bodyDigest: z.string(),
});

export type Reading = z.infer<typeof readingSchema>;
export type Facts = z.infer<typeof factsSchema>;

/** Looks at a request the way a signer would, with the secrets in hand that a signer might hold. */
export function observe(request: WireRequest, secrets: readonly KnownSecret[], offer: Offer): Facts {
  const values = Object.fromEntries(
    Object.entries(headerNames).map(([role, name]) => [role, valuesOf(request, name)]),
  ) as Record<HeaderRole, string[]>;
  const repeated = Object.values(values).some((list) => list.length > 1);
  const manners = repeated ? [first, last, joined, refused] : [first];
  return {
    readings: manners.map((pick) => read(request, secrets, (role) => pick(values[role]))),
    oddWire: repeated || request.raw !== undefined || hasBytesOutsideAscii(request),
    endpointOffered: request.method === offer.method && request.target === offer.target,
    bodyOffered: Buffer.from(request.body).equals(Buffer.from(offer.body)),
    method: request.method,
    target: request.target,
    bodyDigest: bodyDigest(request.body),
  };
}

/** The signatures these secrets give for the request in its first reading. */
export function rightSignatures(request: WireRequest, secrets: readonly KnownSecret[]): string[] {
  const timestamp = text(valuesOf(request, headerNames.timestamp)[0]) ?? '';
  const nonce = text(valuesOf(request, headerNames.nonce)[0]) ?? '';
  const { method, target, body } = request;
  return secrets.map(({ value }) => signatureOf(value, { timestamp, nonce, method, target, body }));
}

type Pick = (values: readonly string[]) => string | undefined;

const first: Pick = (values) => values[0];
const last: Pick = (values) => values.at(-1);
/** A repeated header is as good as none to a signer that takes no chances. */
const refused: Pick = (values) => (values.length > 1 ? undefined : values[0]);
const joined: Pick = (values) => (values.length > 0 ? values.join(', ') : undefined);

function valuesOf(request: WireRequest, name: string): string[] {
  const wanted = name.toLowerCase();
  // Optional white space around a value is no part of it (RFC 9110, 5.5).
  return request.headers
    .filter(([other]) => other.toLowerCase() === wanted)
    .map(([, value]) => value.replace(/^[ \t]+|[ \t]+$/g, ''));
}

function read(
  request: WireRequest,
  secrets: readonly KnownSecret[],
  value: (role: HeaderRole) => string | undefined,
): Reading {
  // Bytes that are no UTF-8 name nobody, but they are there: an unknown client, not a missing one.
  const client = text(value('client')) ?? (value('client') || null);
  const timestamp = text(value('timestamp'));
  const nonce = text(value('nonce'));
  const signature = value('signature') ?? '';
  const form = signatureForm(signature);
  const signed = {
    timestamp: timestamp ?? '',
    nonce: nonce ?? '',
    method: request.method,
    target: request.target,
  };
  const verifies =
    form === 'hex'
      ? secrets.filter(
          ({ value: secret }) =>
            signatureOf(secret, { ...signed, body: request.body }) === signature.toLowerCase(),
        )
      : [];
  return {
    client,
    timestamp,
    nonce,
    nonceBytes: Buffer.byteLength(value('nonce') ?? '', 'latin1'),
    signature: form,
    verifies: verifies.map(({ id }) => id),
  };
}

function signatureForm(signature: string): Reading['signature'] {
  if (signature === '') return 'missing';
  if (!/^[0-9a-f]+$/i.test(signature)) return 'not-hex';
  return signature.length % 2 === 0 ? 'hex' : 'odd-hex';
}

/** Header bytes as UTF-8; `null` where the header is missing, empty or not UTF-8, none of which names anything. */
function text(value: string | undefined): string | null {
  if (value === undefined || value === '') return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return null;
  }
}

function hasBytesOutsideAscii(request: WireRequest): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are the point
  return request.headers.some(([, value]) => /[^\x20-\x7e]/.test(value));
}
