import { z } from 'zod';
import { nonceBytes } from '../harness/contract/signer-auth-v1/headers.ts';
import { errorCodes, type ErrorCode } from '../harness/contract/signer-auth-v1/verdicts.ts';
import { wording } from './wording.ts';

/** Checks one parsed JSON value against the public vector format, or its edge variant, and nothing looser. */
export function parseVectorFile(input: unknown): z.ZodSafeParseResult<VectorFile> {
  return vectorFile.safeParse(input, { error: wording, reportInput: true });
}

export type VectorFile = z.infer<ReturnType<typeof format>>;
export type Defaults = VectorFile['defaults'];
export type Vector = VectorFile['vectors'][number];
export type Step = Vector['steps'][number];
export type Expectation = Step['expect'];

/** One client of a vector. Pairs, because a client may be called `__proto__`. */
export type ClientPair = readonly [id: string, client: z.infer<typeof client>];

type Spec = 'signer-auth-v1' | 'signer-auth-v1-edge';

const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });
const positive = z.int().positive({ error: 'must be above 0' });

const digits = matching(/^[0-9]+$/, 'must be decimal digits');
const method = matching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be an HTTP method');
const target = matching(/^\/[\x21-\x7e]*$/, 'must be a path of visible ASCII that starts with "/"');
const identifier = matching(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, "_" and "-"');
const version = matching(
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
  'must be a semantic version, such as "1.0.0"',
);

const nonce = z.string().refine(
  (text) => {
    const bytes = Buffer.byteLength(text, 'utf8');
    return bytes >= nonceBytes.least && bytes <= nonceBytes.most && !text.includes('.');
  },
  { error: `must be ${nonceBytes.least} to ${nonceBytes.most} bytes without a full stop` },
);

const client = z.strictObject({
  hmacSecrets: z.array(z.string()).min(1, { error: 'must hold at least one secret' }),
});

/** z.record loses a key named `__proto__`, so the object's own keys are read here one by one. */
const clientsById = z.unknown().transform((input, context): ClientPair[] => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const message = input === undefined ? 'is missing' : 'must be an object';
    context.issues.push({ code: 'custom', message, input, path: [] });
    return z.NEVER;
  }
  return Object.entries(input).flatMap(([id, value]): ClientPair[] => {
    const parsed = client.safeParse(value, { error: wording, reportInput: true });
    if (parsed.success) return [[id, parsed.data]];
    for (const { path, ...issue } of parsed.error.issues) {
      context.issues.push({ ...issue, path: [id, ...path] } as z.core.$ZodRawIssue);
    }
    return [];
  });
});

const expectation = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), errorCode: z.enum(Object.keys(errorCodes) as ErrorCode[]) }),
]);

const defaults = z.strictObject({
  method,
  path: target,
  nowMs: z.int().nonnegative({ error: 'must not be below 0' }),
  timestampMaxAgeMs: positive,
  nonceTtlSeconds: positive,
  requireMtls: z.boolean(),
});

const vectorFile = z.discriminatedUnion('spec', [
  format('signer-auth-v1', { timestamp: digits, nonce }),
  // The same shape for values that the public syntax rules out.
  format('signer-auth-v1-edge', { timestamp: z.string(), nonce: z.string() }),
]);

function format(spec: Spec, syntax: { timestamp: z.ZodString; nonce: z.ZodString }) {
  const step = z.strictObject({
    clientId: z.string(),
    timestamp: syntax.timestamp,
    nonce: syntax.nonce,
    rawBody: z.string(),
    isMtlsAuthenticated: z.boolean(),
    signWithSecret: z.string(),
    overrideSignature: z.string().exactOptional(),
    method: method.exactOptional(),
    path: target.exactOptional(),
    expect: expectation,
  });
  const vector = z.strictObject({
    id: identifier,
    description: z.string(),
    clientsById,
    steps: z.array(step).min(1, { error: 'must hold at least one step' }),
  });
  return z.strictObject({
    spec: z.literal(spec),
    version,
    defaults,
    vectors: z.array(vector).min(1, { error: 'must hold at least one vector' }).check(eachIdOnce),
  });
}

function eachIdOnce(context: z.core.ParsePayload<{ id: string }[]>): void {
  const places = new Map<string, number>();
  for (const [index, { id }] of context.value.entries()) {
    const first = places.get(id);
    if (first === undefined) places.set(id, index);
    else {
      const message = `must be unique, and vector ${first + 1} of the file has it already`;
      context.issues.push({ code: 'custom', message, input: undefined, path: [index, 'id'] });
    }
  }
}
