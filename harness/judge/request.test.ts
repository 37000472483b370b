import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { bareDialect, Story, validPeer, type Episode } from './history.fixture.ts';
import { judgeRequest, observedWords, wronglyAccepted } from './request.ts';

const judged = (episode: Partial<Episode>, story = new Story()) =>
  judgeRequest(story.view, story.exchange({ at: 0, ...episode }));

test('right, where the answer is what the oracle asks for', () => {
  expect(judged({ verdict: ACCEPTED })).toMatchObject({ standing: 'right', right: new Set([ACCEPTED]) });
  expect(judged({ with: 'one/rogue', verdict: 'AUTH_INVALID_HMAC' }).standing).toBe('right');
});

test('wrong, where it is another', () => {
  expect(judged({ verdict: 'AUTH_INVALID_HMAC' }).standing).toBe('wrong');
  expect(judged({ with: 'one/rogue', verdict: ACCEPTED }).standing).toBe('wrong');
  expect(judged({ with: 'one/rogue', verdict: 'AUTH_INVALID_NONCE' }).standing).toBe('wrong');
});

test('wrong, where the dialect has no word for it', () => {
  expect(judged({ answer: { status: 502 } }).standing).toBe('wrong');
});

test('where an answer may stand for many, it is right if one of them is, and wrong if none is', () => {
  const answer = { status: 401, body: '{"error":"unauthorized"}' };
  const dialect = bareDialect;
  expect(judged({ with: 'one/rogue', answer }, new Story({ dialect })).standing).toBe('right');
  expect(judged({ answer }, new Story({ dialect })).standing).toBe('wrong');
});

test('where the oracle cannot decide, either answer is right', () => {
  const story = new Story();
  story.exchange({ at: 0, nonce: 'nonce-of-unknown-fate', lost: 'timeout' });
  for (const verdict of [ACCEPTED, 'REPLAY_NONCE_USED']) {
    const { standing, right } = judged({ at: 100, nonce: 'nonce-of-unknown-fate', verdict }, story);
    expect(standing).toBe('right');
    expect(right).toEqual(new Set([ACCEPTED, 'REPLAY_NONCE_USED']));
  }
});

describe('unknown', () => {
  test('where no answer came', () => {
    for (const lost of ['reset', 'closed', 'timeout', 'unreachable', 'malformed'] as const)
      expect(judged({ lost }).standing).toBe('unknown');
    expect(judged({}).standing).toBe('unknown');
  });

  test('where a limit stopped it', () => {
    expect(judged({ verdict: 'RATE_LIMITED' }).standing).toBe('unknown');
  });

  test('where a limit may have stopped it', () => {
    const dialect = signerAuthV1.dialect.parse({
      answers: [{ status: 400, means: ['RATE_LIMITED', 'AUTH_INVALID_HMAC'] }],
    });
    const story = () => new Story({ dialect });
    expect(judged({ answer: { status: 400 } }, story()).standing).toBe('unknown');
    expect(judged({ answer: { status: 400 }, with: 'one/rogue' }, story()).standing).toBe('right');
  });

  test('where a TLS alert does not speak of the certificate', () => {
    expect(judged({ lost: 'alert', alert: 'internal_error', peer: null }).standing).toBe('unknown');
    expect(judged({ lost: 'reset', peer: null }).standing).toBe('unknown');
  });
});

test('a TLS alert about the certificate is a refusal for want of one', () => {
  for (const alert of ['certificate_required', 'unknown_ca', 'bad_certificate', 'handshake_failure']) {
    expect(judged({ lost: 'alert', alert, peer: null }).standing).toBe('right');
    expect(judged({ lost: 'alert', alert, peer: { ...validPeer, issuer: 'rogue' } }).standing).toBe('right');
    expect(judged({ lost: 'alert', alert }).standing).toBe('wrong');
  }
});

test('a handshake refusal means what the dialect says it means', () => {
  const dialect = signerAuthV1.dialect.parse({ handshake: ['AUTH_INVALID_CLIENT'] });
  const story = new Story({ dialect });
  expect(judged({ lost: 'alert', alert: 'unknown_ca', peer: null }, story).standing).toBe('wrong');
});

test('a close without an answer refuses a certificate only where the dialect says so', () => {
  const closes = signerAuthV1.dialect.parse({ closesOnCertificate: true });
  const standing = (episode: Partial<Episode>, dialect = closes) =>
    judged({ claim: ['AUTH_MTLS_REQUIRED'], ...episode }, new Story({ dialect }));
  const rogue = { ...validPeer, issuer: 'rogue' };
  for (const peer of [null, rogue])
    for (const lost of ['closed', 'reset'] as const)
      expect(standing({ peer, lost })).toMatchObject({ standing: 'right', asClaimed: true });
  expect(standing({ peer: null, lost: 'timeout' }).standing).toBe('unknown');
  expect(standing({ lost: 'closed' })).toMatchObject({ standing: 'unknown', asClaimed: false });
  const silent = signerAuthV1.dialect.parse({});
  expect(standing({ peer: null, lost: 'closed' }, silent).standing).toBe('unknown');
});

test('as claimed, where the verdict the case counts on is among those observed', () => {
  expect(judged({ verdict: ACCEPTED, claim: [ACCEPTED] }).asClaimed).toBe(true);
  expect(judged({ verdict: ACCEPTED, claim: ['AUTH_INVALID_HMAC', ACCEPTED] }).asClaimed).toBe(true);
  expect(judged({ verdict: ACCEPTED, claim: ['AUTH_INVALID_HMAC'] }).asClaimed).toBe(false);
  expect(judged({ lost: 'reset', claim: [ACCEPTED] }).asClaimed).toBe(false);
  expect(judged({ lost: 'reset', claim: null }).asClaimed).toBe(true);
});

test('only what was let in against every right verdict is wrongly accepted', () => {
  expect(wronglyAccepted(judged({ with: 'one/rogue', verdict: ACCEPTED }))).toBe(true);
  expect(wronglyAccepted(judged({ with: 'one/rogue', verdict: 'AUTH_INVALID_NONCE' }))).toBe(false);
  expect(wronglyAccepted(judged({ verdict: ACCEPTED }))).toBe(false);
});

const words = (episode: Partial<Episode>): string =>
  observedWords(new Story().exchange({ at: 0, ...episode }));

test('in words it is what the reader of a report needs', () => {
  expect(words({ verdict: ACCEPTED })).toBe('accepted');
  expect(words({})).toBe('no answer recorded');
  expect(words({ lost: 'reset' })).toBe('no answer (socket closed)');
  expect(words({ lost: 'alert', alert: 'unknown_ca' })).toBe('TLS alert unknown_ca');
  expect(words({ answer: { status: 502, body: 'Bad Gateway' } })).toBe(
    'an answer the dialect has no word for (502 Bad Gateway)',
  );
  const long = words({ answer: { status: 503, body: 'x'.repeat(500) } });
  expect(long).toBe(`SIGNER_UNAVAILABLE (503 ${'x'.repeat(157)}...)`);
});
