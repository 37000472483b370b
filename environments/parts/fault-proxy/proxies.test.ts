import { Toxiproxy } from 'toxiproxy-node-client';
import { comparison } from './comparison.fixture.ts';
import { call, pace } from './peer.fixture.ts';

const bothShow = comparison();

// Alone in its file, and so before servers of its own: it is about all the proxies there are.
bothShow(
  'a reset brings proxies up, takes toxics off and closes only what a timeout was on',
  async ({ api, proxy, upstream, connects, adds }) => {
    const toxiproxy = new Toxiproxy(api);
    const { down } = await toxiproxy.populate([
      { name: 'down', listen: 'localhost:0', upstream: upstream.address, enabled: false },
    ]);
    const { client, server } = await connects();
    await adds('latency', { latency: 1_000_000 }, { stream: 'upstream' });
    await adds('bandwidth', { rate: 0 }, { stream: 'downstream' });
    client.say('a');
    server.say('b');
    await toxiproxy.reset();
    const passed = await Promise.all([pace(server.hears(1)), pace(client.hears(1))]);
    await adds('timeout', { timeout: 0 }, { stream: 'upstream' });
    await toxiproxy.reset();
    const closed = await Promise.all([client.end, server.end]);
    const up = await toxiproxy.get('down');
    (await call(up.listen)).say('c');
    const reached = await upstream.next();
    await reached.hears(1);
    return [
      passed,
      closed,
      down?.enabled,
      up.enabled,
      (await proxy.toxiproxy.get(proxy.name)).enabled,
      reached.text,
    ];
  },
  [['at once', 'at once'], ['fin', 'fin'], false, true, true, 'c'],
);
