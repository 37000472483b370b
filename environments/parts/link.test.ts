import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withEachServer } from './fault-proxy/each-server.fixture.ts';
import { call, listen, pace, type Upstream } from './fault-proxy/peer.fixture.ts';
import { splitAddress } from './fault-proxy/address.ts';
import { receivedBy } from './fault-proxy/received.ts';
import type { FaultProxyServer } from './fault-proxy/server.ts';
import { startFaultProxy } from './fault-proxy/start.ts';
import { type Journal, openJournal } from './journal.ts';
import { openLinks, type ProxiedLink } from './link.ts';
import { type PortReserve, reservePorts } from './ports.ts';

withEachServer(() => {
  let home: string;
  let journal: Journal;
  let ports: PortReserve;
  let server: FaultProxyServer;
  let upstream: Upstream;
  let link: ProxiedLink;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
    journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
    ports = await reservePorts();
    server = await startFaultProxy({ journal, port: await ports.take() });
    upstream = await listen();
    [link] = (await openLinks(server, [
      { from: 'replica-1', to: 'store', port: await ports.take(), upstream: splitAddress(upstream.address) },
    ])) as [ProxiedLink];
  });

  afterEach(async () => {
    await upstream?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await ports?.[Symbol.asyncDispose]();
    await journal?.[Symbol.asyncDispose]();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  async function connects() {
    const client = await call(`${link.at.host}:${link.at.port}`);
    return { client, far: await upstream.next() };
  }

  test('a link leads from where it listens to where it ends, both ways', async () => {
    const { client, far } = await connects();
    client.say('question');
    await far.hears(8);
    far.say('answer');
    await client.hears(6);
    expect([link.name, far.text, client.text]).toEqual(['replica-1-to-store', 'question', 'answer']);
  });

  test('a disabled link closes what is open and refuses what is new, and one that is enabled accepts again', async () => {
    const { client, far } = await connects();
    await link.disable();
    await link.disable();
    expect(await Promise.all([client.end, far.end])).toEqual(['fin', 'fin']);
    await expect(connects()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await link.enable();
    await link.enable();
    const again = await connects();
    again.client.say('again');
    await again.far.hears(5);
  });

  test('a link that is led elsewhere closes what is open, and leads there until it is led back', async () => {
    const before = await connects();
    await using elsewhere = await listen();
    await link.lead(splitAddress(elsewhere.address));
    expect(await Promise.all([before.client.end, before.far.end])).toEqual(['fin', 'fin']);

    const client = await call(`${link.at.host}:${link.at.port}`);
    const far = await elsewhere.next();
    client.say('question');
    await far.hears(8);
    // Where it leads outlasts its being turned off and on.
    await link.disable();
    expect(await client.end).toBe('fin');
    await link.enable();
    await call(`${link.at.host}:${link.at.port}`);
    await elsewhere.next();

    await link.lead(splitAddress(upstream.address));
    const after = await connects();
    after.client.say('a');
    await after.far.hears(1);
  });

  test('what a link has received counts wherever it led', async () => {
    const said = async (to: Upstream, words: string): Promise<void> => {
      await link.lead(splitAddress(to.address));
      const client = await call(`${link.at.host}:${link.at.port}`);
      const far = await to.next();
      client.say(words);
      await far.hears(words.length);
    };
    await using elsewhere = await listen();
    await said(upstream, 'four');
    await said(elsewhere, 'seventy');
    await link.disable();
    await vi.waitFor(async () => expect((await receivedBy(server)).get(link.name)).toBe(11));
  });

  test('a poisoned link does as its toxics do, two of a kind among them, until each is removed', async () => {
    const { client, far } = await connects();
    const echo = async (): Promise<unknown> => {
      const [asked, answered] = [far.bytes + 1, client.bytes + 1];
      return pace(
        (async () => {
          client.say('a');
          await far.hears(asked);
          far.say('b');
          await client.hears(answered);
        })(),
      );
    };
    expect(await echo()).toBe('at once');
    const [first, second] = [
      await link.poison({ type: 'latency', stream: 'upstream', attributes: { latency: 1_000 } }),
      await link.poison({ type: 'latency', stream: 'upstream', attributes: { latency: 1_000 } }),
    ];
    expect(await echo()).toBe('soon');
    await first.remove();
    await second.remove();
    expect(await echo()).toBe('at once');
  });

  test('a toxic affects no more connections than its share', async () => {
    await link.poison({ type: 'latency', stream: 'upstream', attributes: { latency: 4_000 }, toxicity: 0 });
    const { client, far } = await connects();
    client.say('a');
    expect(await pace(far.hears(1))).toBe('at once');
  });

  test('what is not done is told with what it was, since then the topology is not as it should be', async () => {
    const told = `The fault proxy (${server.name}) does not`;
    const taken = openLinks(server, [{ from: 'a', to: 'b', port: link.at.port, upstream: link.at }]);
    await expect(taken).rejects.toThrow(`${told} open a-to-b; run it again`);

    const other = await startFaultProxy({ journal, port: await ports.take() });
    const [cut] = await openLinks(other, [
      { from: 'c', to: 'd', port: await ports.take(), upstream: link.at },
    ]);
    await other[Symbol.asyncDispose]();
    await expect(cut!.enable()).rejects.toThrow(`${told} enable c-to-d; run it again`);
    const toxic = { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } } as const;
    await expect(cut!.poison(toxic)).rejects.toThrow(`${told} put timeout on c-to-d; run it again`);
  });
});
