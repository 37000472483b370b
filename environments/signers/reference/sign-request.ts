import { Refusal } from './answers.ts';

/** A session transaction that a client wants signed. */
export interface SignRequest {
  readonly accountAddress: string;
  readonly keyId: string;
  readonly chainId: string;
  readonly nonce: string;
  readonly validUntil: number;
  readonly calls: readonly { contractAddress: string; entrypoint: string; calldata: readonly string[] }[];
  readonly context: {
    readonly requester: string;
    readonly tool: string;
    readonly reason: string;
    readonly actor: string;
    readonly requestId: string;
    readonly traceId: string;
    readonly sessionId?: string;
  };
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isFelt: Check = (value) => typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value);
const isSeconds: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const isCall = isObjectOf({
  contractAddress: isFelt,
  entrypoint: isText,
  calldata: isListOf(isFelt, 0, 256),
});

const isContext = isObjectOf(
  { requester: isText, tool: isText, reason: isText, actor: isText, requestId: isText, traceId: isText },
  { sessionId: isText },
);

const isSignRequest = isObjectOf({
  accountAddress: isFelt,
  keyId: isText,
  chainId: isFelt,
  nonce: isFelt,
  validUntil: isSeconds,
  calls: isListOf(isCall, 1, 10),
  context: isContext,
});

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The request in a body, which holds every field of the schema and no other. */
export function parseSignRequest(body: Buffer): SignRequest {
  const value = parseJson(body);
  if (!isSignRequest(value)) throw new Refusal('INVALID_REQUEST_BODY');
  return value as SignRequest;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(strictUtf8.decode(body));
  } catch {
    throw new Refusal('INVALID_REQUEST_BODY');
  }
}

function isObjectOf(required: Fields, optional: Fields = {}): Check {
  const known = new Map(Object.entries({ ...required, ...optional }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const hasAll = Object.keys(required).every((name) => Object.hasOwn(value, name));
    return hasAll && Object.entries(value).every(([name, field]) => known.get(name)?.(field) ?? false);
  };
}

function isListOf(isItem: Check, least: number, most: number): Check {
  return (value) =>
    Array.isArray(value) && value.length >= least && value.length <= most && value.every(isItem);
}
