import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import type { Facts } from '../../contract/signer-auth-v1/facts.ts';
import type { StreamPlan, Use } from './procedure.ts';
import { replica, staged, type Staged } from './streams.fixture.ts';

const use: Use = { secrets: { one: 'current' }, identity: 'valid', trust: ['old'] };

const plan = (change: Partial<StreamPlan<SigningClient>> = {}): StreamPlan<SigningClient> => ({
  id: 'current',
  credential: 'the current secret',
  client: 'one',
  identity: 'in-use',
  to: ['replicas'],
  on: ['kept'],
  perSecond: 40,
  honest: true,
  clauses: { accepted: 'secrets/others-refused', refused: 'secrets/each-allowed' },
  makes: (client, { secret }) => client.signs({ with: secret }),
  ...change,
});

const byName = (a = '', b = ''): number => (a < b ? -1 : 1);

const repeated = (of: readonly string[]): string[] => of.filter((each, at) => of.indexOf(each) < at);

async function rounds(streams: Staged['streams'], count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) await streams.round();
}

test('each plan flows on each of its ways, and every stream is declared before it sends', async () => {
  await using one = await replica('one');
  await using two = await replica('two');
  await using stage = staged([one, two], [plan({ to: ['replicas', 'balancer'], on: ['fresh', 'kept'] })]);

  stage.streams.follow(use);
  await stage.streams.round();

  const ways = stage.all('stream').map(({ target, mode }) => `${target} ${mode}`);
  expect(ways.toSorted()).toEqual(
    ['balancer fresh', 'balancer kept', 'one fresh', 'one kept', 'two fresh', 'two kept'].toSorted(),
  );
  for (const { id } of stage.all('stream')) {
    const declared = stage.events.findIndex((event) => event.type === 'stream' && event.id === id);
    const first = stage.events.findIndex((event) => event.type === 'sent' && event.stream === id);
    expect(first).toBeGreaterThan(declared);
  }
});

test('what is recorded of a request is what was sent: its facts, stamp, connection, times and answer', async () => {
  await using one = await replica('one', () => ({ status: 401, body: '{"errorCode":"AUTH_INVALID_HMAC"}' }));
  await using stage = staged([one], [plan({ on: ['fresh'] })]);

  stage.streams.follow(use);
  await stage.streams.round();

  const [[stream], [sent], [got], [connection]] = [
    stage.all('stream'),
    stage.all('sent'),
    stage.all('got'),
    stage.all('connection'),
  ];
  const facts = signerAuthV1.restamped(stream!.facts as Facts, sent!.stamp);
  expect(facts.readings[0]).toMatchObject({ nonce: one.seen[0]!.nonce, verifies: ['course/one/current'] });
  expect(sent).toMatchObject({ stream: stream!.id, connection: connection!.id });
  expect(connection).toMatchObject({
    mode: 'fresh',
    servedBy: 'one',
    resumed: false,
    peer: { id: 'client-valid' },
  });
  expect(got).toMatchObject({ id: sent!.id, status: 401, body: '{"errorCode":"AUTH_INVALID_HMAC"}' });
  expect(sent!.due).toBeLessThanOrEqual(sent!.at);
  expect(sent!.at).toBeLessThan(got!.at);
});

test.each<[string, Use, string[]]>([
  ['secret', { ...use, secrets: { one: 'next' } }, ['by secret']],
  ['certificate', { ...use, identity: 'next' }, ['by certificate', 'by secret']],
  ['authorities', { ...use, trust: ['next', 'old'] }, ['by certificate', 'by neither', 'by secret']],
])('of another %s only those speak again who do otherwise because of it', async (_what, next, speak) => {
  await using one = await replica('one');
  const seldom = { perSecond: 0.01, makes: (client: SigningClient) => client.signs({ with: 'current' }) };
  await using stage = staged(
    [one],
    [
      plan({ perSecond: 0.01, id: 'a', credential: 'by secret' }),
      plan({ ...seldom, id: 'b', credential: 'by certificate' }),
      plan({ ...seldom, id: 'c', credential: 'by neither', identity: 'valid' }),
    ],
  );
  stage.streams.follow(use);
  await stage.streams.round();
  const before = stage.all('sent').length;
  stage.streams.follow(next);
  await stage.streams.round(use);

  const streams = new Map(stage.all('stream').map(({ id, credential }) => [id, credential]));
  const spoke = stage.all('sent').slice(before);
  expect(spoke.map(({ stream }) => streams.get(stream)).toSorted(byName)).toEqual(speak);
});

test('every fresh connection carries one request', async () => {
  await using one = await replica('one');
  await using stage = staged([one], [plan({ on: ['fresh'] })]);

  stage.streams.follow(use);
  await rounds(stage.streams, 5);

  const connections = stage.all('sent').map(({ connection }) => connection);
  expect(new Set(connections).size).toBe(connections.length);
  expect(new Set(one.seen.map(({ port }) => port)).size).toBe(one.seen.length);
});

test('a kept connection is given up after a while through the balancer, and never straight to a replica', async () => {
  await using one = await replica('one');
  await using two = await replica('two');
  await using stage = staged([one, two], [plan({ to: ['replicas', 'balancer'] })]);

  stage.streams.follow(use);
  // The balancer leads to the first.
  while (one.ended < 3) await stage.streams.round();

  expect(two.ended).toBe(0);
  expect(stage.all('connection').length).toBeLessThan(stage.all('sent').length);
  const balanced = stage.all('connection').find(({ target }) => target === 'balancer');
  expect(balanced).toMatchObject({ mode: 'kept', servedBy: 'one' });
});

test('a session is resumed where the server resumes it, and presented also where it no longer does', async () => {
  await using one = await replica('one');
  await using stage = staged([one], [plan({ on: ['resumed'] })]);

  stage.streams.follow(use);
  await rounds(stage.streams, 5);
  const resumed = stage.all('connection').filter(({ mode }) => mode === 'resumed');
  expect(resumed.length).toBeGreaterThan(1);
  expect(resumed.every((each) => each.resumed && each.servedBy === 'one')).toBe(true);
  expect(one.seen.every((each) => each.resumed)).toBe(true);

  const requests = one.seen.length;
  const declined = (): boolean =>
    stage.all('connection').some((each) => each.mode === 'resumed' && !each.resumed);
  // A round that finds no session left to present asks for new ones.
  while (!declined()) {
    one.server.setTicketKeys(randomBytes(48));
    await rounds(stage.streams, 2);
  }
  expect(one.seen.length).toBeGreaterThan(requests);
});

test('where no session is to be had a stream is declared and sends nothing', async () => {
  await using one = await replica('one');
  await using stage = staged([one], [plan({ to: ['balancer'], on: ['resumed'] })]);

  stage.streams.follow(use);
  await rounds(stage.streams, 3);

  expect(stage.all('stream')).toHaveLength(1);
  expect(stage.all('sent')).toEqual([]);
});

test('streams follow what clients do: another secret is another stream, another certificate another connection', async () => {
  await using one = await replica('one');
  const rogue = plan({ id: 'rogue', identity: 'rogue', makes: (client) => client.signs({ with: 'next' }) });
  await using stage = staged([one], [plan(), rogue]);

  stage.streams.follow(use);
  await stage.streams.round();
  await stage.streams.suspend('one');
  stage.streams.follow({ ...use, secrets: { one: 'next' }, identity: 'next' });
  const before = one.seen.length;
  stage.streams.resume('one');
  await stage.streams.round();

  const verifies = stage.all('stream').map(({ facts }) => (facts as Facts).readings[0]!.verifies[0]);
  expect(new Set(verifies.slice(0, 2))).toEqual(new Set(['course/one/current', 'course/one/next']));
  expect(verifies.slice(2)).toEqual(['course/one/next', 'course/one/next']);
  expect(new Set(one.seen.slice(before).map(({ certificate }) => certificate))).toEqual(
    new Set(['CN=client-next', 'CN=client-rogue']),
  );
});

test('nothing goes straight to a suspended replica, and nothing is kept open there', async () => {
  await using one = await replica('one');
  await using two = await replica('two');
  await using stage = staged([one, two], [plan({ on: ['fresh', 'kept'] })]);
  stage.streams.follow(use);
  await stage.streams.round();

  await stage.streams.suspend('one');
  await one.deserted();
  const before = one.seen.length;
  const others = two.seen.length;
  await rounds(stage.streams, 3);
  expect(one.seen.length).toBe(before);
  expect(two.seen.length).toBeGreaterThan(others);

  stage.streams.resume('one');
  await stage.streams.round();
  expect(one.seen.length).toBeGreaterThan(before);
});

test('a replica that does not answer is waited for no longer than an answer may take', async () => {
  await using one = await replica('one', () => undefined);
  await using stage = staged([one], [plan()], { deadlineMs: 200 });
  stage.streams.follow(use);
  await stage.streams.round();

  await stage.streams.suspend('one');

  expect(stage.all('gone').length).toBeGreaterThan(0);
  expect(stage.all('gone').every(({ how }) => how === 'timeout')).toBe(true);
  expect(stage.all('dropped')).toEqual([]);
});

test('a server that clients do not believe gets nothing, and what was meant for it is gone', async () => {
  await using one = await replica('one', undefined, 'next');
  await using stage = staged([one], [plan({ on: ['fresh', 'kept'] })]);

  stage.streams.follow(use);
  await stage.streams.round();

  expect(one.seen).toEqual([]);
  expect(stage.all('gone').length).toBe(stage.all('sent').length);
  expect(new Set(stage.all('gone').map(({ how }) => how))).toEqual(new Set(['untrusted']));
  stage.streams.follow({ ...use, trust: ['old', 'next'] });
  await stage.streams.round();
  expect(one.seen.length).toBeGreaterThan(0);
});

const replayed = plan({
  id: 'replayed',
  makes: (client, { spentNonce }) => {
    const nonce = spentNonce();
    return nonce === undefined ? undefined : client.signs({ nonce });
  },
});

test('a nonce that one replica has accepted is replayed there and at the other', async () => {
  await using one = await replica('one');
  await using two = await replica('two', () => ({ status: 401, body: '{}' }));
  await using stage = staged([one, two], [plan(), replayed]);

  stage.streams.follow(use);
  await rounds(stage.streams, 5);

  const [atOne, atTwo] = [one, two].map(({ seen }) => seen.map(({ nonce }) => nonce));
  expect(repeated(atOne!)).not.toEqual([]);
  expect(atTwo!.filter((nonce) => atOne!.includes(nonce))).not.toEqual([]);
});

test('a nonce that was refused is not replayed: nobody knows whether it was spent', async () => {
  await using one = await replica('one', () => ({ status: 401, body: '{}' }));
  await using stage = staged([one], [plan(), replayed]);

  stage.streams.follow(use);
  await rounds(stage.streams, 5);

  expect(one.seen.length).toBeGreaterThanOrEqual(5);
  expect(repeated(one.seen.map(({ nonce }) => nonce))).toEqual([]);
});

test('a secret in an answer is found and taken out before it is written down', async () => {
  let told = '';
  await using one = await replica('one', ({ headers }) => {
    told = String(headers['x-keyring-signature']);
    return { status: 401, body: `expected ${told}` };
  });
  await using stage = staged([one], [plan()]);

  stage.streams.follow(use);
  await stage.streams.round();
  await stage.streams.stop();

  const [scan] = stage.all('scan');
  expect(scan!.leaks[0]).toMatchObject({ what: 'a right signature of course', form: 'hex' });
  expect(scan!.bytes).toBeGreaterThan(0);
  expect(JSON.stringify(stage.all('got'))).not.toContain(told);
});

test('once it is stopped nothing is sent, and nothing is left open', async () => {
  await using one = await replica('one');
  await using stage = staged([one], [plan({ on: ['fresh', 'kept', 'resumed'] })]);
  stage.streams.follow(use);
  await stage.streams.round();

  await stage.streams.stop();

  expect(stage.all('sent').length).toBe(stage.all('got').length);
  await one.deserted();
});

test('a kept connection that is closed as idle while a request is on its way has not answered it', async () => {
  await using one = await replica('one', () => ({ status: 408, body: '' }));
  await using stage = staged([one], [plan({ on: ['fresh', 'kept'] })]);
  stage.streams.follow(use);
  await stage.streams.round();

  const modeOf = (id: string) => {
    const sent = stage.all('sent').find((event) => event.id === id);
    return stage.all('stream').find((event) => event.id === sent?.stream)?.mode;
  };
  expect(stage.all('gone').map(({ id, how }) => [modeOf(id), how])).toContainEqual(['kept', 'closed']);
  expect(new Set(stage.all('got').map(({ id, status }) => `${modeOf(id)} ${status}`))).toEqual(
    new Set(['fresh 408']),
  );
});

test('an interrupted run waits for nobody', async () => {
  await using one = await replica('one', () => undefined);
  await using stage = staged([one], [plan({ on: ['fresh', 'kept'] })], { deadlineMs: 600_000 });
  stage.streams.follow(use);
  const round = stage.streams.round();
  while (one.seen.length === 0) await new Promise(setImmediate);

  stage.run.abort(new Error('Ctrl-C'));

  await expect(round).rejects.toThrow('Ctrl-C');
  await expect(stage.streams.stop()).rejects.toThrow('Ctrl-C');
  // What was under way is left so: that we ended it says nothing of the replica.
  expect(stage.all('gone')).toEqual([]);
});

test('a mistake in a plan ends the traffic and is told', async () => {
  await using one = await replica('one');
  const stage = staged(
    [one],
    [plan(), plan({ id: 'mistaken', makes: (client) => client.signs({ with: 'none' }) })],
  );
  stage.streams.follow(use);

  await expect(stage.streams.round()).rejects.toThrow('has no secret called "none"');
  await stage.streams.stop();
});
