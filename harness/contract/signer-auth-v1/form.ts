import { ACCEPTED, type FormRule, type Verdict, type WireAnswer } from '../contract.ts';
import { errorBody, isErrorCode, jsonObject } from './dialect.ts';
import { authenticationRefusals, errorCodes } from './verdicts.ts';

type Meant = ReadonlySet<Verdict>;

/** How answers are to be worded. What they decide is judged elsewhere. */
export const form: readonly FormRule[] = [
  { id: 'refusals-use-the-contract-codes', clause: 'answers/codes', remarks: codeRemarks },
  { id: 'refusals-keep-the-envelope', clause: 'answers/envelope', remarks: envelopeRemarks },
  {
    id: 'successes-carry-the-body',
    clause: 'answers/success-body',
    remarks: successRemarks,
    attempted: (answer) => Object.hasOwn(jsonObject(answer.body) ?? {}, 'signature'),
  },
];

function codeRemarks(answer: WireAnswer, meant: Meant): string[] | undefined {
  if (!wantsContractCode(answer, meant)) return undefined;
  const { errorCode } = errorBody(answer);
  if (errorCode === undefined) return [`status ${answer.status} without an errorCode`];
  if (!isErrorCode(errorCode)) return [`errorCode "${errorCode}" is not one of the contract's`];
  const status = errorCodes[errorCode];
  return status === answer.status
    ? []
    : [`errorCode ${errorCode} with status ${answer.status} instead of ${status}`];
}

function envelopeRemarks(answer: WireAnswer, meant: Meant): string[] | undefined {
  if (!wantsContractCode(answer, meant)) return undefined;
  const { fields } = errorBody(answer);
  if (!fields) return ['the body is not a JSON object'];
  const remarks = Object.keys(fields)
    .filter((name) => !Object.hasOwn(envelope, name))
    .map((name) => `unexpected field "${name}"`);
  for (const [name, type] of Object.entries(envelope)) {
    if (!Object.hasOwn(fields, name)) remarks.push(`no field "${name}"`);
    else if (typeof fields[name] !== type) remarks.push(`field "${name}" is not a ${type}`);
  }
  return remarks;
}

const envelope = { error: 'string', errorCode: 'string', requestId: 'string', retryable: 'boolean' } as const;

const felt = /^0x[0-9a-f]{1,64}$/i;

function successRemarks(answer: WireAnswer, meant: Meant): string[] | undefined {
  if (!meant.has(ACCEPTED)) return undefined;
  const body = jsonObject(answer.body);
  if (!body) return ['the body is not a JSON object'];
  const remarks = Object.entries(successFields)
    .filter(([name, fits]) => !fits(body[name]))
    .map(([name]) => `field "${name}" is missing or malformed`);
  const { signature } = body;
  if (Array.isArray(signature) && signature[0] !== body['sessionPublicKey']) {
    remarks.push('the first felt of "signature" is not "sessionPublicKey"');
  }
  return remarks;
}

const isFelt = (value: unknown): boolean => typeof value === 'string' && felt.test(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const successFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  signature: (value) => Array.isArray(value) && value.length === 4 && value.every(isFelt),
  signatureMode: (value) => value === 'v2_snip12',
  signatureKind: (value) => value === 'Snip12',
  signerProvider: (value) => value === 'local' || value === 'dfns',
  sessionPublicKey: isFelt,
  domainHash: isFelt,
  messageHash: isFelt,
  requestId: isText,
  audit: isAudit,
};

function isAudit(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { policyDecision, decidedAt, keyId, traceId } = value as Record<string, unknown>;
  const dated =
    typeof decidedAt === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(decidedAt);
  return policyDecision === 'allow' && dated && isText(keyId) && isText(traceId);
}

/** A refusal that the contract has a code for, or that nobody has a word for. */
function wantsContractCode({ status }: WireAnswer, meant: Meant): boolean {
  return meant.size === 0 ? status >= 400 : [...meant].some((verdict) => isErrorCode(verdict));
}

/**
 * What must be the same in every refusal of a request that was not authenticated, so that an answer tells a stranger
 * nothing beyond its code. Values that differ by their nature (dates, lengths, ids, hop-by-hop headers) are left out.
 */
export function fingerprint(answer: WireAnswer, meant: Meant): string | undefined {
  if (meant.size === 0 || ![...meant].every((verdict) => isAuthenticationRefusal(verdict))) return undefined;
  const headers = answer.headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !differsByNature.has(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
  const { fields } = errorBody(answer);
  const rest = Object.entries(fields ?? { body: answer.body })
    .filter(([name]) => !mayDiffer.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ headers, rest });
}

const isAuthenticationRefusal = (verdict: Verdict): boolean =>
  (authenticationRefusals as readonly string[]).includes(verdict);

const differsByNature = new Set(['date', 'content-length', 'connection', 'keep-alive', 'x-request-id']);
const mayDiffer = new Set(['error', 'errorCode', 'requestId']);
