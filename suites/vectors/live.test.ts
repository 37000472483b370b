import { beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../harness/contract/contract.ts';
import { headerOf } from '../../harness/contract/signer-auth-v1/request.ts';
import { clauseOfExpectation, clauseOfVector } from '../../vectors/clauses.ts';
import { loadVectors } from '../../vectors/load.ts';
import type { Step, Vector, VectorFile } from '../../vectors/schema.ts';
import type { SignerAuthScenario } from '../case.ts';
import { perfectly, type Sent } from '../stage.fixture.ts';
import { edgeVectors, vectorFiles } from './edge.ts';
import { isLive, liveVectors } from './live.ts';

const [checklist, edge] = (await Promise.all(vectorFiles.map(loadVectors))) as [VectorFile, VectorFile];
const { defaults } = edge;

const step: Step = {
  clientId: 'client-a',
  timestamp: String(defaults.nowMs),
  nonce: '0123456789abcdef',
  rawBody: '{}',
  isMtlsAuthenticated: true,
  signWithSecret: 'public-test-secret',
  expect: { ok: true },
};
const vectorOf = (...steps: Partial<Step>[]): Vector => ({
  id: 'made_up',
  description: 'Made up.',
  clientsById: [['client-a', { hmacSecrets: ['public-test-secret'] }]],
  steps: steps.map((change) => ({ ...step, ...change })),
});
const live = (...vectors: Vector[]): readonly SignerAuthScenario[] =>
  liveVectors({ ...edge, vectors }, () => 'canonical/agreed');

const sentBy = async (vector: Vector, attempts?: number): Promise<Sent[]> =>
  (await perfectly(live(vector)))(vector.id, attempts);

describe('a vector is played live', () => {
  test.each<[string, Partial<Step>, boolean]>([
    ['as it is', {}, true],
    ['where its timestamp lies well within the window', { timestamp: String(defaults.nowMs - 30_000) }, true],
    ['where its timestamp lies well beyond it', { timestamp: String(defaults.nowMs + 120_000) }, true],
    ['but not at the end of the window', { timestamp: String(defaults.nowMs - 60_000) }, false],
    ['nor just past it', { timestamp: String(defaults.nowMs + 60_001) }, false],
    ['where its timestamp is no canonical number', { timestamp: '1e12' }, true],
    ['but not where HTTP cannot carry its nonce', { nonce: 'nonce\nof-two-lines-' }, false],
    ['nor its client', { clientId: 'client\0' }, false],
    ['where a letter outside ASCII is in it', { nonce: 'nonce-é-of-16-bytes' }, true],
  ])('%s', (_what, change, expected) => {
    expect(isLive(vectorOf(change), defaults)).toBe(expected);
    expect(isLive(vectorOf({}, change), defaults)).toBe(expected);
    expect(live(vectorOf(change))).toHaveLength(expected ? 1 : 0);
  });
});

test('of our own vectors only those that stand on a boundary are offline only', async () => {
  const played = new Set((await edgeVectors()).map(({ id }) => id));
  expect(edge.vectors.map(({ id }) => id).filter((id) => !played.has(id))).toEqual([
    'timestamp_oldest_fresh_accepted',
    'timestamp_one_ms_too_old_rejected',
    'timestamp_latest_fresh_accepted',
    'timestamp_one_ms_too_far_ahead_rejected',
  ]);
  for (const { id, clause, tags } of await edgeVectors()) {
    expect(clause).toBe(clauseOfVector[id]);
    expect(tags).toContain('vectors');
  }
});

describe('the published checklist, played where nothing is unknown', () => {
  const scenarios = liveVectors(checklist, ({ id }) => clauseOfVector[id] ?? clauseOfExpectation(undefined));
  let played: Awaited<ReturnType<typeof perfectly>>;
  beforeAll(async () => {
    played = await perfectly(scenarios);
  });

  test.each(scenarios.map(({ id }) => id))('%s gives the verdicts of the file', async (id) => {
    const { steps } = checklist.vectors.find((vector) => vector.id === id)!;
    const sent = await played(id);
    expect(sent.map(({ right }) => right.find((verdict) => verdict === ACCEPTED) ?? right[0])).toEqual(
      steps.map(({ expect: expected }) => (expected.ok ? ACCEPTED : expected.errorCode)),
    );
    for (const { claim, right } of sent) expect(claim).toEqual(expect.arrayContaining([...right]));
  });

  test('none of it is left out', () => {
    expect(scenarios.map(({ id }) => id)).toEqual(checklist.vectors.map(({ id }) => id));
  });
});

describe('each step', () => {
  test('is as far from now as it was from the time of the file', async () => {
    const dated = [0, -30_000, 120_000].map((offset) => ({ timestamp: String(defaults.nowMs + offset) }));
    const sent = await sentBy(vectorOf(...dated));
    const [now, past, future] = sent.map(({ request }) => Number(headerOf(request, 'timestamp')));
    expect(past! - now!).toBe(-30_000);
    expect(future! - now!).toBe(120_000);
  });

  test('keeps a timestamp that is no number as it is', async () => {
    for (const timestamp of ['', '1e12', '007', '9007199254740993', '\u0661']) {
      const [sent] = await sentBy(vectorOf({ timestamp }));
      expect(headerOf(sent!.request, 'timestamp')).toBe(timestamp);
    }
  });

  test('shows no certificate where the vector is not authenticated by one', async () => {
    const sent = await sentBy(vectorOf({}, { isMtlsAuthenticated: false }));
    expect(sent.map(({ identity }) => identity)).toEqual(['valid', 'none']);
  });

  test('goes to the replicas in turn', async () => {
    const nonces = ['first-nonce-0001', 'second-nonce-001', 'third-nonce-0001'];
    const sent = await sentBy(vectorOf(...nonces.map((nonce) => ({ nonce }))));
    expect(sent.map(({ door }) => door)).toEqual(['replica-1', 'replica-2', 'replica-1']);
  });

  test('goes to the signer’s own endpoint, or elsewhere where that is the point', async () => {
    const [usual, query, method] = await sentBy(
      vectorOf({}, { path: `${defaults.path}?a=1` }, { method: 'PUT' }),
    );
    expect(usual?.request).toMatchObject({ method: 'POST', target: '/v1/sign/session-transaction' });
    expect(query?.request.target).toBe(`${defaults.path}?a=1`);
    expect(query?.claim).toContain('NOT_SERVED');
    expect(method?.request.method).toBe('PUT');
    expect(usual?.claim).not.toContain('NOT_SERVED');
  });

  test('sends the bytes of its body', async () => {
    const [sent] = await sentBy(vectorOf({ rawBody: '{"é": "\u{1f512}"}' }));
    expect(Buffer.from(sent!.request.body).toString('utf8')).toBe('{"é": "\u{1f512}"}');
  });
});

describe('another attempt', () => {
  const nonces = ['nonce-ABC-xyz-0089', 'nonce-abc-xyz-0089', 'nonce-ABC-xyz-0098', 'nonce-ABC-xyz-0088'];
  const inAttempts = async () => {
    const sent = await sentBy(vectorOf(...nonces.map((nonce) => ({ nonce }))), 3);
    const all = sent.map(({ request }) => headerOf(request, 'nonce'));
    return [0, 1, 2].map((attempt) => all.slice(attempt * nonces.length, (attempt + 1) * nonces.length));
  };

  test('has nonces of its own', async () => {
    const attempts = await inAttempts();
    expect(attempts[0]).toEqual(nonces);
    expect(new Set(attempts.flat()).size).toBe(3 * nonces.length);
  });

  test('keeps their length, and what sets them apart', async () => {
    for (const attempt of await inAttempts()) {
      for (const nonce of attempt) expect(nonce).toMatch(/^[a-z]{5}-[A-Za-z]{3}-[a-z]{3}-[0-9]{4}$/);
      const [upper, lower] = attempt;
      expect(lower).toBe(upper?.toLowerCase());
    }
  });

  test('repeats a nonce where the vector repeats one', async () => {
    const sent = await sentBy(vectorOf({}, {}), 2);
    const [first, second, third, fourth] = sent.map(({ request }) => headerOf(request, 'nonce'));
    expect(second).toBe(first);
    expect(fourth).toBe(third);
    expect(third).not.toBe(first);
  });
});

const two = (...ids: string[]): Vector => ({
  ...vectorOf(...ids.map((clientId) => ({ clientId }))),
  clientsById: ids.map((id) => [id, { hmacSecrets: [`public-test-${id}`] }]),
});

describe('clients', () => {
  test('are the vector’s own', () => {
    const [scenario] = live(two('client-a', 'Client-A'));
    expect(Object.values(scenario!.clients).map(({ id }) => id)).toEqual([
      'made_up.client-a',
      'made_up.Client-A',
    ]);
    expect(scenario?.limits).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'toString', ''])(
    'called "%s" keep their name, beside nobody else',
    (id) => {
      const [scenario] = live(two(id));
      expect(Object.values(scenario!.clients).map((need) => need.id)).toEqual([id]);
      expect(scenario?.limits).toBe('short');
    },
  );

  test('that are not registered are not', () => {
    const [scenario] = live(vectorOf({ clientId: 'nobody' }));
    const needs = Object.values(scenario!.clients);
    expect(needs.map(({ id, allowed }) => [id, allowed])).toEqual([
      ['made_up.client-a', ['secret-1']],
      ['made_up.nobody', undefined],
    ]);
    expect(live(vectorOf({ clientId: '__proto__' }))[0]?.limits).toBeUndefined();
  });

  test('have as many secrets as in the file, in its order, and none of its texts', () => {
    const secrets = ['public-test-1', 'public-test-2', 'ключ-3'];
    const [scenario] = live({
      ...vectorOf({ signWithSecret: 'public-test-gone' }),
      clientsById: [['client-a', { hmacSecrets: secrets }]],
    });
    const [need] = Object.values(scenario!.clients);
    expect(need).toMatchObject({ allowed: ['secret-1', 'secret-2', 'secret-3'], spare: ['secret-4'] });
    expect(need?.secretPrefix).toBe('ключ');
  });
});
