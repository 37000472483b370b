import type { KnownSecret, Knowledge, Peer, Verdict, WireRequest } from '../harness/contract/contract.ts';
import { ACCEPTED } from '../harness/contract/contract.ts';
import type { Holding } from '../harness/contract/signer-auth-v1/holding.ts';
import { carrying, signedRequest } from '../harness/contract/signer-auth-v1/request.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { Defaults, Expectation, Step, Vector, VectorFile } from './schema.ts';

export interface VectorResult {
  readonly id: string;
  readonly steps: readonly StepResult[];
  readonly ok: boolean;
}

export interface StepResult {
  readonly expected: Verdict;
  /** Every verdict the contract allows; with nothing unknown that is exactly one. */
  readonly right: readonly Verdict[];
  readonly ok: boolean;
}

/** The parts of the contract that decide a vector. */
export type Oracle = Pick<typeof signerAuthV1, 'observe' | 'rightVerdicts' | 'spends'>;

/** Judges every vector without a signer: the project's own oracle, to which nothing is unknown. */
export function judgeVectors(file: VectorFile, oracle: Oracle = signerAuthV1): VectorResult[] {
  return file.vectors.map((vector) => judgeVector(vector, file.defaults, oracle));
}

function judgeVector(vector: Vector, defaults: Defaults, oracle: Oracle): VectorResult {
  const secrets = secretsOf(vector);
  const holdings = [holdingOf(vector, defaults)];
  const clock = { from: defaults.nowMs, to: defaults.nowMs };
  const peer = validPeer(defaults.nowMs);
  // The clock of a vector stands still, so what was spent once stays spent.
  const spent = new Set<string>();
  const knowledge: Knowledge<Holding> = {
    holdings,
    clock,
    spent: (key) => (spent.has(key) ? 'yes' : 'no'),
    storeDown: 'no',
  };
  const steps = vector.steps.map((step) => {
    const request = requestOf(step, defaults);
    const offer = { method: request.method, target: request.target, body: step.rawBody };
    // No HTTP layer stands before the oracle, so no byte is odd to it.
    const facts = { ...oracle.observe(request, secrets, offer), oddWire: false };
    const right = [...oracle.rightVerdicts(facts, step.isMtlsAuthenticated ? peer : null, knowledge)];
    if (right.includes(ACCEPTED)) for (const key of oracle.spends(facts)) spent.add(key);
    const expected = expectedVerdict(step.expect);
    return { expected, right, ok: right.length === 1 && right[0] === expected };
  });
  return { id: vector.id, steps, ok: steps.every(({ ok }) => ok) };
}

/** The request a step describes: signed with the secret it names, or carrying the signature it gives. */
export function requestOf(step: Step, defaults: Defaults): WireRequest {
  const draft = {
    client: step.clientId,
    timestamp: step.timestamp,
    nonce: step.nonce,
    method: step.method ?? defaults.method,
    target: step.path ?? defaults.path,
    body: Buffer.from(step.rawBody, 'utf8'),
  };
  return step.overrideSignature === undefined
    ? signedRequest(draft, step.signWithSecret)
    : carrying(draft, step.overrideSignature);
}

export const expectedVerdict = (expect: Expectation): Verdict => (expect.ok ? ACCEPTED : expect.errorCode);

const authority = 'vectors-authority';

function holdingOf(vector: Vector, defaults: Defaults): Holding {
  return {
    clients: vector.clientsById.map(([id, { hmacSecrets }]) => [id, hmacSecrets.map((_, n) => idOf(id, n))]),
    clientTrust: [authority],
    requireMtls: defaults.requireMtls,
    timestampMaxAgeMs: defaults.timestampMaxAgeMs,
    nonceTtlSeconds: defaults.nonceTtlSeconds,
    server: 'vectors',
    storeNamespace: 'vectors',
  };
}

function secretsOf(vector: Vector): KnownSecret[] {
  return vector.clientsById.flatMap(([id, { hmacSecrets }]) =>
    hmacSecrets.map((value, n) => ({ id: idOf(id, n), value })),
  );
}

const idOf = (client: string, index: number): string => `${client}#${index}`;

function validPeer(nowMs: number): Peer {
  return { id: 'vectors', issuer: authority, notBefore: nowMs, notAfter: nowMs, purposes: ['client'] };
}
