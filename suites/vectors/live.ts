import { ACCEPTED } from '../../harness/contract/contract.ts';
import { signatureOf } from '../../harness/contract/signer-auth-v1/canonical.ts';
import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { carrying, type Draft } from '../../harness/contract/signer-auth-v1/request.ts';
import { refusedAfterAuthentication } from '../../harness/contract/signer-auth-v1/verdicts.ts';
import type { ClientNeed, Stage } from '../../harness/run/scenario.ts';
import type { Defaults, Step, Vector, VectorFile } from '../../vectors/schema.ts';
import { MARGIN_MS, signerCase, type SignerAuthScenario } from '../case.ts';
import { translateSignature } from './signature.ts';

/** The vectors of a file as cases against a running signer; those that only a standing clock decides are left out. */
export const liveVectors = (
  { vectors, defaults }: VectorFile,
  clauseOf: (vector: Vector) => ClauseId,
): readonly SignerAuthScenario[] =>
  vectors
    .filter((vector) => isLive(vector, defaults))
    .map((vector) => liveVector(vector, defaults, clauseOf(vector)));

/** Whether a running clock leaves no doubt about a vector, and HTTP can carry it. */
export const isLive = ({ steps }: Vector, defaults: Defaults): boolean =>
  steps.every(
    (step) => !nearBoundary(step, defaults) && [step.timestamp, step.nonce, step.clientId].every(isCarried),
  );

function nearBoundary({ timestamp }: Step, { nowMs, timestampMaxAgeMs }: Defaults): boolean {
  if (!movesWithTheClock(timestamp)) return false;
  const away = Math.abs(Number(timestamp) - nowMs);
  return Math.abs(away - timestampMaxAgeMs) < Math.min(MARGIN_MS, timestampMaxAgeMs / 2);
}

/** Control characters end a header, or are refused before anybody judges them. */
// oxlint-disable-next-line no-control-regex
const isCarried = (text: string): boolean => !/[\x00-\x1f\x7f]/.test(text);

/** Canonical safe integers are moved by the distance of the clocks; every other timestamp is what it is. */
const movesWithTheClock = (timestamp: string): boolean =>
  /^(0|[1-9][0-9]*)$/.test(timestamp) && Number.isSafeInteger(Number(timestamp));

function liveVector(vector: Vector, defaults: Defaults, clause: ClauseId): SignerAuthScenario {
  const secrets = new Map(secretTexts(vector).map((text, index) => [text, `secret-${index + 1}`]));
  return signerCase({
    id: vector.id,
    clause,
    tags: ['vectors'],
    // Beside cases for which nobody of that name may be registered.
    ...(vector.clientsById.some(([id]) => keepsItsName(id)) && { limits: 'short' }),
    clients: clientNeeds(vector, secrets),
    async run(stage) {
      const drafts = vector.steps.map((step) => liveDraft(step, vector, defaults, stage));
      const sign = (text: string, at: number): string => {
        const owner = ownerOf(text, vector.steps[at]!, vector);
        return stage.client(nameOf(owner)).signatureOf(drafts[at]!, secrets.get(text));
      };
      for (const [at, step] of vector.steps.entries()) {
        const { overrideSignature: override, signWithSecret } = step;
        const signature =
          override === undefined
            ? sign(signWithSecret, at)
            : translateSignature(override, offlineSignatures(vector, defaults), sign);
        const request = {
          ...carrying(drafts[at]!, signature),
          label: `step ${at + 1}: ${vector.description}`,
        };
        const identity = step.isMtlsAuthenticated ? 'valid' : 'none';
        await stage.replicas[at % 2]!.answers(request, claimOf(step, defaults), { identity });
      }
    },
  });
}

function claimOf({ expect, method, path }: Step, defaults: Defaults): string[] {
  const elsewhere =
    (method ?? defaults.method) !== defaults.method || (path ?? defaults.path) !== defaults.path;
  const notThere = elsewhere ? ['NOT_SERVED', 'MALFORMED_REQUEST'] : [];
  return expect.ok ? [ACCEPTED, ...refusedAfterAuthentication, ...notThere] : [expect.errorCode, ...notThere];
}

/** A step as it would be today, for the clients that stand for those of the vector. */
function liveDraft(step: Step, vector: Vector, defaults: Defaults, stage: Stage<SigningClient>): Draft {
  const usual = stage.client(nameOf(step.clientId)).offer;
  const moved = Number(step.timestamp) - defaults.nowMs + stage.wallClock();
  return {
    client: wireId(vector, step.clientId),
    timestamp: movesWithTheClock(step.timestamp) ? String(Math.round(moved)) : step.timestamp,
    nonce: inAttempt(stage.attempt, step.nonce),
    method: step.method ?? usual.method,
    target: step.path === undefined || step.path === defaults.path ? usual.target : step.path,
    body: Buffer.from(step.rawBody, 'utf8'),
  };
}

/** Another nonce for another attempt, of the same length, with the same letters alike and apart. */
const inAttempt = (attempt: number, nonce: string): string =>
  nonce.replaceAll(/[0-9A-Za-z]/g, (letter) => {
    const wheel = wheels.find((each) => each.includes(letter))!;
    return wheel[(wheel.indexOf(letter) + attempt - 1) % wheel.length]!;
  });

const wheels = ['0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'];

/** Every signature the vector's own secrets give for its steps as they are written. */
const offlineSignatures = (vector: Vector, defaults: Defaults) =>
  vector.steps.flatMap((step, at) =>
    secretTexts(vector).map((text) => ({
      text,
      at,
      signature: signatureOf(text, {
        timestamp: step.timestamp,
        nonce: step.nonce,
        method: step.method ?? defaults.method,
        target: step.path ?? defaults.path,
        body: Buffer.from(step.rawBody, 'utf8'),
      }),
    })),
  );

const secretTexts = ({ clientsById, steps }: Vector): string[] => [
  ...new Set([
    ...clientsById.flatMap(([, { hmacSecrets }]) => hmacSecrets),
    ...steps.map((step) => step.signWithSecret),
  ]),
];

/** Whose secret a step signs with: its client's own where it has it, else that of the client it was taken from. */
function ownerOf(text: string, { clientId }: Step, { clientsById }: Vector): string {
  const owners = clientsById.filter(([, { hmacSecrets }]) => hmacSecrets.includes(text)).map(([id]) => id);
  return owners.length === 0 || owners.includes(clientId) ? clientId : owners[0]!;
}

/**
 * Clients and secrets of the vector's own, so that no two vectors meet. Ids keep what sets them apart from each
 * other; a name that means something to a programming language keeps itself.
 */
function clientNeeds(vector: Vector, secrets: ReadonlyMap<string, string>): Record<string, ClientNeed> {
  const registered = new Map(vector.clientsById);
  const ids = new Set([...registered.keys(), ...vector.steps.map(({ clientId }) => clientId)]);
  const needs = [...ids].map((id): [string, ClientNeed] => {
    const texts = registered.get(id)?.hmacSecrets;
    const signsWith = vector.steps.filter((step) => ownerOf(step.signWithSecret, step, vector) === id);
    const strange = signsWith
      .map((step) => step.signWithSecret)
      .filter((text) => texts?.includes(text) !== true);
    const secretPrefix = (texts ?? []).join('').replaceAll(/[ -~]/g, '');
    const allowed = texts === undefined ? {} : { allowed: namesOf(texts, secrets) };
    return [
      nameOf(id),
      { id: wireId(vector, id), spare: namesOf(strange, secrets), secretPrefix, ...allowed },
    ];
  });
  return Object.fromEntries(needs);
}

const namesOf = (texts: readonly string[], secrets: ReadonlyMap<string, string>): string[] =>
  [...new Set(texts)].map((text) => secrets.get(text)!);

// With a word before it, no id can be a name that objects have anyway.
const nameOf = (id: string): string => `client ${id}`;

const wireId = (vector: Vector, id: string): string => (keepsItsName(id) ? id : `${vector.id}.${id}`);

const keepsItsName = (id: string): boolean => id === '' || id in Object.prototype;
