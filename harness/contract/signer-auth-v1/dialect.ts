import { z } from 'zod';
import { ACCEPTED, type WireAnswer } from '../contract.ts';
import { errorCodes, refusals, type ErrorCode, type Refusal, type SignerAuthVerdict } from './verdicts.ts';

const meaning = z.array(z.enum(refusals)).min(1);

/**
 * How a signer words its refusals. Each row maps answers to every verdict they may stand for; the first that fits
 * holds. A row can only name refusals and only fits what is not a success, so it cannot turn one into the other.
 */
export const dialectSchema = z.strictObject({
  answers: z
    .array(
      z.strictObject({
        status: z.int().min(300).max(599).optional(),
        errorCode: z.string().optional(),
        /** A regular expression over the human text in `error`. */
        error: z.string().refine(isPattern, { error: 'is not a regular expression' }).optional(),
        means: meaning,
      }),
    )
    .default([]),
  /** What a client certificate refused in the handshake stands for: no header has been read by then. */
  handshake: meaning.default(['AUTH_MTLS_REQUIRED', 'AUTH_INVALID_CLIENT']),
  /** A signer that refuses certificates by closing the connection without an alert, as Node's TLS server does. */
  closesOnCertificate: z.boolean().default(false),
});

export type Dialect = z.infer<typeof dialectSchema>;

/** Every verdict that this answer may stand for. Success is success in every dialect. */
export function readAnswer(dialect: Dialect, answer: WireAnswer): ReadonlySet<SignerAuthVerdict> {
  if (answer.status >= 200 && answer.status < 300) return new Set([ACCEPTED]);
  const body = errorBody(answer);
  const row = dialect.answers.find(
    ({ status, errorCode, error }) =>
      (status === undefined || status === answer.status) &&
      (errorCode === undefined || errorCode === body.errorCode) &&
      (error === undefined || (body.error !== undefined && new RegExp(error, 'u').test(body.error))),
  );
  return new Set(row?.means ?? contractMeaning(answer, body.errorCode));
}

/** The contract's own words, and what plain HTTP statuses say where a signer stops before it has words. */
function contractMeaning({ status }: WireAnswer, errorCode: string | undefined): readonly Refusal[] {
  if (errorCode !== undefined) return isErrorCode(errorCode) ? [errorCode] : (plainHttp[status] ?? []);
  return plainHttp[status] ?? [];
}

const plainHttp: Readonly<Record<number, readonly Refusal[]>> = {
  400: ['MALFORMED_REQUEST'],
  404: ['NOT_SERVED'],
  405: ['NOT_SERVED'],
  411: ['MALFORMED_REQUEST'],
  413: ['MALFORMED_REQUEST'],
  414: ['MALFORMED_REQUEST'],
  429: ['RATE_LIMITED'],
  431: ['MALFORMED_REQUEST'],
  500: ['INTERNAL_ERROR'],
  501: ['NOT_SERVED'],
  503: ['SIGNER_UNAVAILABLE'],
};

/** The fields of an error body, where it has any. */
export function errorBody(answer: WireAnswer): {
  error?: string;
  errorCode?: string;
  fields?: Record<string, unknown>;
} {
  const fields = jsonObject(answer.body);
  if (!fields) return {};
  const { error, errorCode } = fields;
  return {
    ...(typeof error === 'string' && { error }),
    ...(typeof errorCode === 'string' && { errorCode }),
    fields,
  };
}

/** A body as a JSON object, or nothing. */
export function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

function isPattern(source: string): boolean {
  try {
    void new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
