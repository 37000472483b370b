import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BothServers, startBoth, UNCOMPARED } from './both-servers.fixture.ts';
import type { FaultProxyServer } from './server.ts';

interface Side {
  readonly server: FaultProxyServer;
  /** An address that nobody uses, where it must be known beforehand. */
  readonly free: string;
}

let both: BothServers;
let sides: Side[];
beforeAll(async () => {
  both = await startBoth();
  sides = [];
  for (const server of [both.builtIn, both.real])
    if (server) sides.push({ server, free: `127.0.0.1:${await both.ports.take()}` });
});
afterAll(() => both[Symbol.asyncDispose]());

type Ask = readonly [
  method: string,
  path: string,
  body?: string | undefined,
  headers?: Record<string, string>,
];

/** What is answered, without what differs from one time to the next: ports that were free, ids, dates. */
async function asked({ server: { at }, free }: Side, [method, path, body, headers = {}]: Ask) {
  const response = await fetch(`http://${at.host}:${at.port}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body: body.replaceAll('FREE', free) }),
  });
  const text = await response.text();
  const id = response.headers.get('x-toxiproxy-request-id');
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    sniffed: response.headers.get('x-content-type-options'),
    location: response.headers.get('location'),
    numbered: id === null ? null : /^[0-9a-v]{20}$/.test(id),
    text: text.replaceAll(/(127\.0\.0\.1|\[::1\]):[0-9]{4,5}\b/g, '$1:PORT'),
  };
}

function sameAnswers(about: string, asks: readonly Ask[]): void {
  test(about, async (context) => {
    context.skip(!both.real, UNCOMPARED);
    for (const ask of asks) {
      const [builtIn, real] = await Promise.all(sides.map((side) => asked(side, ask)));
      expect(builtIn, JSON.stringify(ask)).toEqual(real);
    }
  });
}

const proxy = (name: string, more: object = {}): string =>
  JSON.stringify({ name, upstream: 'localhost:9', listen: 'localhost:0', ...more });

const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim());

describe('both servers answer the same', () => {
  sameAnswers('to who asks what has gone through before anything has', [['GET', '/metrics']]);

  sameAnswers('to what is no part of the API', [
    ['GET', '/version'],
    ['HEAD', '/version'],
    ['POST', '/version', ''],
    ['GET', '/'],
    ['GET', '/nope'],
    ['GET', '/proxies/'],
    ['GET', '//proxies?x=1'],
    ['GET', '/proxies//toxics'],
    ['GET', '/proxies/%'],
    ['PUT', '/proxies', '{}'],
    ['DELETE', '/reset'],
  ]);

  sameAnswers('to browsers', [
    ['GET', '/proxies', undefined, { 'user-agent': 'Mozilla/5.0' }],
    ['POST', '/reset', undefined, { 'user-agent': 'Mozilla/5.0' }],
    ['GET', '/nope', undefined, { 'user-agent': 'Mozilla/5.0' }],
    ['GET', '/proxies', undefined, { 'user-agent': 'curl/8 Mozilla/5.0' }],
  ]);

  const wrongBodies = lines(String.raw`
    {
    "
    [1
    {"a":
    x
    {x
    {"a" 1}
    {"a":1 "b"}
    {"a":1,}
    [1 2]
    [,]
    {"a":tru}
    {"a":fals3}
    {"a":nul1}
    {"a":"\x"}
    {"a":01}
    {"a":1.}
    {"a":1ex}
    {"a":-}
    {"name":"\u12x"}
    é
    '
    \
    []
    "x"
    12x
    true
    null
    nul
    -
    1e5
    {"name":1}
    {"name":[]}
    {"name":{}}
    {"name":true,"upstream":2}
    {"name":1.5}
    {"enabled":1}
    {"enabled":"x","name":2}
    {"Logger":"x"}
    {"logger":[1]}
    {"name":null}
    {"NAME":"x"}
    [[[[{}]]]]`);
  sameAnswers(
    'to bodies that are no JSON, and to JSON of another shape',
    ['', ' \n', '\u0007', '\u007f', '\u00a0', '{"a":"b\nc"}', ...wrongBodies].flatMap((body): Ask[] => [
      ['POST', '/proxies', body],
      ['POST', '/populate', body],
      ['POST', '/populate', `[${body}]`],
    ]),
  );

  sameAnswers('to proxies that are made, listed and taken away', [
    ['GET', '/proxies'],
    ['POST', '/proxies', '{"name":"a"}'],
    ['POST', '/proxies', '{"upstream":"a"}'],
    ['POST', '/proxies', proxy('a<b>&\u2028 é', { extra: 1 })],
    ['POST', '/proxies', `${proxy('a')} and more`],
    ['POST', '/proxies', proxy('a')],
    ['POST', '/proxies', proxy('6', { listen: '[::1]:0' })],
    ['POST', '/proxies', proxy('off', { enabled: false })],
    ['POST', '/proxies', '{"Name":"any","UPSTREAM":"x","liSten":"127.0.0.1:","enabled":null}'],
    [
      'POST',
      '/proxies',
      String.raw`{"name":"\ud83d\ude00\ud800\"\n\t\b\f\u007f","upstream":"x","listen":"localhost:0"}`,
    ],
    ['GET', '/proxies'],
    ['GET', '/proxies/off'],
    ['GET', '/proxies/nobody'],
    ['GET', `/proxies/${encodeURIComponent('a<b>&\u2028 é')}`],
    ['DELETE', '/proxies/a'],
    ['DELETE', '/proxies/a'],
    ['GET', '/proxies/a'],
    ['POST', '/proxies', proxy('a')],
    ['POST', '/reset'],
    ['GET', '/proxies'],
  ]);

  sameAnswers(
    'to addresses that are none',
    lines(`
      foo
      a:b:c
      127.0.0.1:6x
      127.0.0.1:1x
      127.0.0.1:99999
      127.0.0.1:4294967299
      127.0.0.1:-5
      127.0.0.300:0
      :x
      [::1:5
      [::1]5
      [::1]
      [::1]:5:6
      [::1]]:0
      a]:0
      a[:0`).flatMap((listen): Ask[] => [
      ['POST', '/proxies', proxy('nowhere', { listen })],
      ['POST', '/populate', `[${proxy('there')},${proxy('there', { listen })},${proxy('after')}]`],
    ]),
  );

  sameAnswers('to changes of a proxy', [
    ['POST', '/proxies', proxy('b')],
    ['PATCH', '/proxies/b', ''],
    ...lines(`
      {}
      []
      {"enabled":false}
      {"enabled":false,"listen":"localhost:0"}
      {"enabled":true,"listen":"foo"}
      {"enabled":null}
      {"listen":""}
      {"listen":"localhost:0","upstream":""}
      {"enabled":true}
      {"name":"new","upstream":"elsewhere:1"}
      {"enabled":"no"}
      {"enabled":false,"upstream":1}`).flatMap((body): Ask[] => [
      ['PATCH', '/proxies/b', body],
      ['POST', '/proxies/b', body],
      ['GET', '/proxies/b'],
    ]),
    ['PATCH', '/proxies/nobody', '{'],
  ]);

  sameAnswers('to an address that is in use', [
    ['POST', '/proxies', proxy('first', { listen: 'FREE' })],
    ['POST', '/proxies', proxy('second', { listen: 'FREE' })],
    ['GET', '/proxies/second'],
    ['POST', '/proxies', proxy('second')],
    ['PATCH', '/proxies/second', '{"listen":"FREE"}'],
    ['GET', '/proxies/second'],
    ['POST', '/reset'],
    ['DELETE', '/proxies/first'],
    ['POST', '/reset'],
    ['GET', '/proxies/second'],
    ['DELETE', '/proxies/second'],
  ]);

  sameAnswers('to populating', [
    ['POST', '/proxies', proxy('kept', { listen: 'FREE' })],
    ['POST', '/proxies/kept/toxics', '{"type":"latency"}'],
    ['POST', '/populate', `[${proxy('kept', { listen: 'FREE', enabled: false })}]`],
    ['POST', '/populate', '[]'],
    ['POST', '/populate', '[{}]'],
    ['POST', '/populate', `[${proxy('p')},{"name":"q"}]`],
    [
      'POST',
      '/populate',
      `[${proxy('p')},${proxy('q', { enabled: false })},${proxy('r', { enabled: null })}]`,
    ],
    ['POST', '/populate', `[${proxy('p', { upstream: 'other:1' })}]`],
    ['POST', '/populate', `[${proxy('s')},${proxy('t', { listen: 'x' })},${proxy('u')}]`],
    ['GET', '/proxies/u'],
    ['POST', '/populate', `[${proxy('kept', { listen: 'FREE', upstream: 'other:1' })}]`],
    ['GET', '/proxies'],
  ]);

  const toxics = '/proxies/toxic/toxics';
  const types = 'noop latency bandwidth slow_close timeout reset_peer slicer limit_data down'.split(' ');
  sameAnswers('to toxics that are added, changed and taken off', [
    ['POST', '/proxies', proxy('toxic')],
    ...[...types, ''].flatMap((type): Ask[] => [
      ['POST', toxics, JSON.stringify({ type })],
      ['POST', toxics, JSON.stringify({ type, stream: 'upstream', toxicity: 0.1 })],
      ['POST', toxics, JSON.stringify({ type })],
      ['GET', `${toxics}/${type}_upstream`],
    ]),
    ['GET', toxics],
    ['GET', '/proxies/toxic'],
    ['POST', toxics, ''],
    ...lines(`
      []
      null
      {}
      {"type":1}
      {"name":1}
      {"stream":1}
      {"type":"noop","stream":"sideways"}
      {"type":"latency","stream":"UpStream","attributes":{"LATENCY":5,"jitter":null,"x":1}}
      {"type":"noop","name":"n1","attributes":{"a":1}}
      {"type":"noop","name":"n2","attributes":null}
      {"type":"latency","name":"wrong","attributes":"x"}
      {"type":"latency","name":"wrong","attributes":[1]}
      {"type":"latency","name":"wrong","attributes":5}
      {"type":"latency","name":"wrong","attributes":true}
      {"type":"latency","name":"wrong","attributes":{"latency":"x"}}
      {"type":"latency","name":"wrong","attributes":{"latency":1.5}}
      {"type":"latency","name":"wrong","attributes":{"latency":1e3}}
      {"type":"latency","name":"wrong","attributes":{"latency":-1.0}}
      {"type":"latency","name":"wrong","attributes":{"jitter":"y","latency":{"x":1}}}
      {"type":"latency","name":"wrong","attributes":{"latency":9223372036854775808}}
      {"type":"latency","name":"big","attributes":{"latency":9223372036854775807,"jitter":-9223372036854775808}}
      {"type":"latency","name":"twice","attributes":{"latency":1},"attributes":{"jitter":2}}
      {"type":"slicer","name":"int","attributes":{"average_size":"x"}}
      {"type":"timeout","name":"ignored","index":5,"direction":1,"buffersize":3}
      {"type":"noop","name":"share 1","toxicity":0}
      {"type":"noop","name":"share 2","toxicity":1e-7}
      {"type":"noop","name":"share 3","toxicity":0.123456789}
      {"type":"noop","name":"share 4","toxicity":12345678901234567890123}
      {"type":"noop","name":"share 5","toxicity":-0.0}
      {"type":"noop","name":"share 6","toxicity":1e-50}
      {"type":"noop","name":"share 7","toxicity":16777217}
      {"type":"noop","name":"share 8","toxicity":1e40}
      {"type":"noop","name":"share 9","toxicity":"x"}`).map((body): Ask => ['POST', toxics, body]),
    ['GET', toxics],
    ['PATCH', `${toxics}/latency_downstream`, ''],
    ...lines(`
      {}
      []
      {"toxicity":0.5}
      {"toxicity":null}
      {"attributes":{"latency":7}}
      {"attributes":{"jitter":8},"name":"new","stream":"upstream"}
      {"attributes":null}
      {"attributes":"x"}
      {"attributes":{"latency":"x","jitter":9},"toxicity":0.25}
      {"toxicity":"x","attributes":{"latency":77}}`).flatMap((body): Ask[] => [
      ['PATCH', `${toxics}/latency_downstream`, body],
      ['POST', `${toxics}/latency_downstream`, body],
      ['GET', `${toxics}/latency_downstream`],
    ]),
    ['GET', `${toxics}/nothing`],
    ['PATCH', `${toxics}/nothing`, '{'],
    ['DELETE', `${toxics}/nothing`],
    ['DELETE', `${toxics}/latency_downstream`],
    ['DELETE', `${toxics}/latency_downstream`],
    ['GET', `${toxics}/share%202`],
    ['GET', '/proxies/nobody/toxics'],
    ['POST', '/proxies/nobody/toxics', '{'],
    ['GET', '/proxies/nobody/toxics/x'],
    ['GET', toxics],
    ['POST', '/reset'],
    ['GET', toxics],
  ]);
});

test('the built-in server listens for this machine alone, and says so', async () => {
  for (const listen of ['', ':0', '0.0.0.0:0', '[::]:0', '192.0.2.1:0']) {
    const answer = await asked(sides[0]!, ['POST', '/proxies', proxy('open', { listen })]);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('bind: only loopback addresses are bound here');
  }
});
