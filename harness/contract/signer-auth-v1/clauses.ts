import type { Clause, Level } from '../contract.ts';

/** Every promise of signer-auth-v1, in the order in which the contract makes them. */
export const clauses = {
  'client/registered-only': must('A request whose client id is missing or not registered is refused.'),
  'client/exact': must(
    'A client id names one registered client byte for byte; no inherited or look-alike name does.',
  ),
  'mtls/required': must('Without a client certificate a request is refused where mTLS is required.'),
  'mtls/trusted-only': must(
    'A client certificate counts only while it is valid, meant for clients and signed by an authority in the trust bundle.',
  ),
  'mtls/not-by-header': must('No header can stand in for a client certificate.'),
  'time/format': must('A timestamp that is missing, not decimal digits or not a safe integer is refused.'),
  'time/past-refused': must('A timestamp further in the past than the maximum age is refused.'),
  'time/future-refused': must('A timestamp further in the future than the maximum age is refused.'),
  'time/window-accepted': must('A timestamp within the maximum age, on either side of now, is accepted.'),
  'nonce/format': must(
    'A nonce that is missing, under 16 bytes, over 256 bytes or holds a full stop is refused.',
  ),
  'nonce/range-accepted': must('Nonces of 16 to 256 bytes of UTF-8 are accepted.'),
  'signature/format': must('A signature that is missing or not hex is refused.'),
  'signature/case': must('A signature in upper-case hex is the same signature.'),
  'signature/verified': must(
    'A signature that is not the whole HMAC-SHA256 of the signed string is refused.',
  ),
  'canonical/agreed': must('A rightly signed request is accepted, whatever bytes its body and target hold.'),
  'canonical/timestamp-bound': must('The signature covers the timestamp that is judged.'),
  'canonical/nonce-bound': must('The signature covers the nonce that is spent.'),
  'canonical/method-bound': must('The signature covers the method.'),
  'canonical/target-bound': must('The signature covers the request target, with its query.'),
  'canonical/body-bound': must('The signature covers the raw bytes of the body, however they are framed.'),
  'secrets/each-allowed': must('Each secret in a client’s list is accepted.'),
  'secrets/others-refused': must('A secret that is not in the client’s list is refused.'),
  'secrets/never-disclosed': must(
    'No answer and no log holds a secret or the signature that would have been right.',
  ),
  'verdict/order': must('Where several rules are broken, the first in the contract’s order decides.'),
  'replay/single-use': must('A nonce is accepted once per client within its time to live.'),
  'replay/shared': must('A nonce spent at one replica is spent at every replica.'),
  'replay/atomic': must('Of any number of identical requests at the same moment exactly one is accepted.'),
  'replay/client-scoped': must('Two clients may use the same nonce.'),
  'replay/key': must('The replay key is the JSON array of client id and nonce, byte for byte.'),
  'replay/after-authentication': must('A request that was not authenticated spends no nonce.'),
  'replay/reopens': must('After the time to live the same nonce is accepted once more.'),
  'replay/retention': must('A request is never accepted a second time while its timestamp is still fresh.'),
  'replay/fail-closed': must('While the replay store is out, every request is refused within the bound.'),
  'replay/recovers': must(
    'After the store has returned, valid requests pass again within the bound, and spent nonces stay spent.',
  ),
  'rotation/overlap': inRotation(
    'While two secrets are allowed, or two authorities trusted, each of them is accepted.',
  ),
  'rotation/no-downtime': inRotation(
    'No valid request is refused or dropped because a change is being applied.',
  ),
  'rotation/every-change': inRotation('Each change takes effect within the bound, not only the first.'),
  'rotation/removed-secret': inRotation(
    'A removed secret is refused at every replica within the bound, on every connection.',
  ),
  'rotation/removed-authority': inRotation(
    'Certificates of a removed authority are refused within the bound, on fresh, kept and resumed connections.',
  ),
  'rotation/server-certificate': inRotation(
    'A new server certificate is shown within the bound, and the old one no more.',
  ),
  'rotation/replicas-agree': inRotation('Outside the time of a roll all replicas decide alike.'),
  'rollback/restores': inRotation(
    'After a rollback the previous secrets and authorities hold again, and no others.',
  ),
  'rollback/nonces-stay-spent': inRotation(
    'A nonce spent before, during or after a change or its rollback stays spent.',
  ),
  'answers/bounded': must('Every request is answered within the bound.'),
  'answers/codes': should('A refusal carries the contract’s own error code and status.'),
  'answers/envelope': should('A refusal’s body holds exactly error, errorCode, requestId and retryable.'),
  'answers/tell-nothing': should('Refusals differ in nothing but errorCode, error and requestId.'),
  'ready/truthful': should(
    'Readiness follows the replay store: ready while it answers, not ready while it does not.',
    'optional',
  ),
  'reload/without-restart': should('A change of secrets takes effect in the running process.', 'optional'),
  'answers/success-body': should('A success carries the contract’s body.', 'optional'),
} as const satisfies Record<string, Promise_>;

export type ClauseId = keyof typeof clauses;

export const clauseList: readonly Clause[] = Object.entries(clauses).map(([id, clause]) => ({
  id,
  ...clause,
}));

type Promise_ = Omit<Clause, 'id'>;

function must(sentence: string): Promise_ {
  return promise('must', sentence);
}

function inRotation(sentence: string): Promise_ {
  return { ...must(sentence), drilled: true };
}

function should(sentence: string, optional?: 'optional'): Promise_ {
  return promise('should', sentence, optional);
}

function promise(level: Level, sentence: string, optional?: 'optional'): Promise_ {
  return optional ? { level, sentence, optional: true } : { level, sentence };
}
