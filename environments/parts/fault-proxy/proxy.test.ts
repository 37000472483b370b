import { describe } from 'vitest';
import { pause } from '../../../harness/clock.ts';
import { comparison, DIRECTIONS, within } from './comparison.fixture.ts';
import { call, listen, pace, type Peer } from './peer.fixture.ts';

const bothShow = comparison();

const ends = async (from: Peer, to: Peer) => ({ from: await from.end, to: await to.end });

/** More than the kernel takes in for anybody. */
const FLOOD = Buffer.alloc(32 << 20, 'flood');

describe.each(DIRECTIONS)('%s', (stream) => {
  bothShow(
    `${stream} bytes pass whole and in order`,
    async ({ connects }) => {
      const { from, to } = await connects(stream);
      const text = Array.from({ length: 300_000 }, (_, at) => at).join();
      from.say(text);
      await to.hears(text.length);
      return to.text === text;
    },
    true,
  );

  bothShow(
    `${stream} an end closes the other side whole: no answer comes back`,
    async ({ connects }) => {
      const { from, to } = await connects(stream);
      from.say('question').socket.end();
      await to.end;
      await to.saysInVain();
      return [to.text, await ends(from, to), from.text];
    },
    ['question', { from: 'fin', to: 'fin' }, ''],
  );

  bothShow(
    `${stream} a reset is passed on as an end`,
    async ({ connects }) => {
      const { from, to } = await connects(stream);
      from.say('a');
      await to.hears(1);
      from.socket.resetAndDestroy();
      return to.end;
    },
    'fin',
  );

  bothShow(
    `${stream} a receiver who does not read holds the sender back`,
    async ({ connects }) => {
      const { from, to } = await connects(stream);
      to.socket.pause();
      from.say(FLOOD);
      await pause(1_500);
      const heldBack = from.socket.writableLength > 0;
      to.socket.resume();
      await to.hears(FLOOD.length);
      return heldBack;
    },
    true,
  );

  bothShow(
    `${stream} a toxic is added when a connection that does not move moves again`,
    async ({ connects, adds }) => {
      const { from, to } = await connects(stream);
      to.socket.pause();
      from.say(FLOOD);
      await pause(1_500);
      const added = adds('noop', {}, { stream });
      const before = await within(1_000, added);
      to.socket.resume();
      await added;
      await to.hears(FLOOD.length);
      return before;
    },
    'nothing',
  );

  bothShow(
    `${stream} a toxic that cannot be added in time is answered for all the same`,
    async ({ api, proxy, connects }) => {
      const { from, to } = await connects(stream);
      to.socket.pause();
      from.say(FLOOD);
      await pause(1_500);
      const response = await fetch(`${api}/proxies/${proxy.name}/toxics`, {
        method: 'POST',
        body: JSON.stringify({ type: 'noop', stream }),
      });
      const answer = [response.status, response.headers.get('content-type'), await response.text()];
      to.socket.resume();
      await to.hears(FLOOD.length);
      const toxic = await proxy.getToxic(`noop_${stream}`);
      return [...answer, toxic.type];
    },
    [
      503,
      'text/html; charset=utf-8',
      '<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>',
      'noop',
    ],
  );

  bothShow(
    `${stream} what a toxic holds is lost when the proxy goes down`,
    async ({ proxy, connects, adds }) => {
      const { from, to } = await connects(stream);
      await adds('latency', { latency: 2_000 }, { stream });
      from.say('a');
      await pause(300);
      await proxy.update({ ...proxy.toJson(), enabled: false });
      return [await ends(from, to), to.text];
    },
    [{ from: 'fin', to: 'fin' }, ''],
  );

  bothShow(
    `${stream} a proxy that goes down resets whoever sent what it had not read`,
    async ({ proxy, connects, adds }) => {
      await adds('bandwidth', { rate: 0 }, { stream });
      const { from, to } = await connects(stream);
      for (const letter of 'abcdefgh') {
        from.say(letter);
        await pause(200);
      }
      await proxy.update({ ...proxy.toJson(), enabled: false });
      return [await ends(from, to), to.text];
    },
    [{ from: 'reset', to: 'fin' }, ''],
  );

  bothShow(
    `${stream} a proxy that goes down resets what began under reset_peer`,
    async ({ proxy, connects, adds }) => {
      await adds('reset_peer', { timeout: 0 }, { stream });
      const { from, to } = await connects(stream);
      await proxy.update({ ...proxy.toJson(), enabled: false });
      return ends(from, to);
    },
    { from: 'reset', to: 'reset' },
  );
});

const refused = (address: string): Promise<unknown> =>
  call(address).then(
    () => 'connected',
    ({ code }: NodeJS.ErrnoException) => code,
  );

bothShow(
  'a proxy without an upstream accepts and closes',
  async ({ proxy, upstream }) => {
    await upstream[Symbol.asyncDispose]();
    return (await call(proxy.listen)).end;
  },
  'fin',
);

bothShow(
  'a server who speaks first is heard',
  async ({ connects }) => {
    const { client, server } = await connects();
    server.say('hello');
    await client.hears(5);
    return client.text;
  },
  'hello',
);

bothShow(
  'a proxy that goes down closes its connections and refuses others, and comes up on the same port with its toxics',
  async ({ proxy, connects, adds }) => {
    await adds('latency', { latency: 2_000 }, { stream: 'upstream' });
    const open = await connects();
    await proxy.update({ ...proxy.toJson(), enabled: false });
    const closed = await ends(open.client, open.server);
    const down = await refused(proxy.listen);
    await proxy.update({ ...proxy.toJson(), enabled: true });
    const again = await connects();
    again.client.say('a');
    return [closed, down, await pace(again.server.hears(1))];
  },
  [{ from: 'fin', to: 'fin' }, 'ECONNREFUSED', 'soon'],
);

bothShow(
  'a proxy that is led elsewhere closes its connections, and stays where it listens',
  async ({ proxy, connects }) => {
    await using elsewhere = await listen();
    const open = await connects();
    const changed = await proxy.update({ ...proxy.toJson(), upstream: elsewhere.address });
    const closed = await ends(open.client, open.server);
    const client = await call(proxy.listen);
    client.say('a');
    const server = await elsewhere.next();
    await server.hears(1);
    return [closed, changed.listen === proxy.listen, server.text];
  },
  [{ from: 'fin', to: 'fin' }, true, 'a'],
);

bothShow(
  'a proxy that is removed closes its connections and listens no more',
  async ({ proxy, connects }) => {
    const { client, server } = await connects();
    await proxy.remove();
    return [await ends(client, server), await refused(proxy.listen)];
  },
  [{ from: 'fin', to: 'fin' }, 'ECONNREFUSED'],
);

bothShow(
  'what went through is counted by proxy and direction, once it has come to its end',
  async ({ api, proxy, connects }) => {
    const told = async (): Promise<string[]> => {
      const text = await (await fetch(`${api}/metrics`)).text();
      const own = text.split('\n').filter((line) => line.includes(`proxy="${proxy.name}"`));
      return own.map((line) => line.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS'));
    };
    const first = await connects();
    first.client.say('question');
    await first.server.hears(8);
    first.server.say(FLOOD);
    await first.client.hears(FLOOD.length);
    const during = await told();
    first.client.socket.end();
    await ends(first.client, first.server);
    const second = await connects();
    second.client.say('another').socket.end();
    await ends(second.client, second.server);
    while ((await told()).length < 4 || !(await told()).some((line) => line.endsWith(' 15'))) await pause(5);
    return [during, (await told()).map((line) => line.replace(`proxy="${proxy.name}"`, 'proxy="P"'))];
  },
  [
    [],
    [
      'toxiproxy_proxy_received_bytes_total{direction="downstream",listener="ADDRESS",proxy="P",upstream="ADDRESS"} 3.3554432e+07',
      'toxiproxy_proxy_received_bytes_total{direction="upstream",listener="ADDRESS",proxy="P",upstream="ADDRESS"} 15',
      'toxiproxy_proxy_sent_bytes_total{direction="downstream",listener="ADDRESS",proxy="P",upstream="ADDRESS"} 3.3554432e+07',
      'toxiproxy_proxy_sent_bytes_total{direction="upstream",listener="ADDRESS",proxy="P",upstream="ADDRESS"} 15',
    ],
  ],
);
