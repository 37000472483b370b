import { expect, test } from 'vitest';
import { asText, fill, placeholderNames, placeholdersIn, type Placeholders } from './placeholders.ts';

const values: Placeholders = {
  replica: 'replica-1',
  host: '127.0.0.1',
  port: 8443,
  clients: { one: { hmacSecrets: ['s1', 's2'] } },
  clientSecrets: { one: 's2' },
  requireMtls: false,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
  certificateFile: '/w/server.crt',
  keyFile: '/w/server.key',
  clientCaFile: '/w/client-ca.crt',
  redisHost: '127.0.0.1',
  redisPort: 6390,
  redisDatabase: 0,
  redisUrl: 'redis://127.0.0.1:6390/0',
  keyPrefix: '',
  adapter: '/a',
  work: '/w',
  node: '/usr/bin/node',
};

test('a placeholder alone becomes what stands for it, whatever that is', () => {
  expect(fill('{port}', values)).toBe(8443);
  expect(fill('{requireMtls}', values)).toBe(false);
  expect(fill('{redisDatabase}', values)).toBe(0);
  expect(fill('{keyPrefix}', values)).toBe('');
  expect(fill('{clients}', values)).toEqual(values.clients);
});

test('among other text it becomes text', () => {
  expect(fill('{host}:{port}', values)).toBe('127.0.0.1:8443');
  expect(fill(' {port}', values)).toBe(' 8443');
  expect(fill('mtls={requireMtls} db={redisDatabase} prefix={keyPrefix}.', values)).toBe(
    'mtls=false db=0 prefix=.',
  );
  expect(fill('clients = {clients}', values)).toBe('clients = {"one":{"hmacSecrets":["s1","s2"]}}');
});

test('lists and objects are filled through and through, and nothing else is touched', () => {
  const template = { listen: ['{host}', { port: '{port}' }], on: true, off: null, count: 3, port: 'port' };
  expect(fill(template, values)).toEqual({
    listen: ['127.0.0.1', { port: 8443 }],
    on: true,
    off: null,
    count: 3,
    port: 'port',
  });
});

test('what is filled in is not read for placeholders again', () => {
  expect(fill('{replica} {keyPrefix}', { ...values, replica: '{port}', keyPrefix: '{node}' })).toBe(
    '{port} {node}',
  );
  expect(fill('{keyPrefix}', { ...values, keyPrefix: "$& $' {host}" })).toBe("$& $' {host}");
  expect(fill('x{keyPrefix}', { ...values, keyPrefix: "$& $'" })).toBe("x$& $'");
});

test('braces around anything but letters are just braces', () => {
  expect(fill('{} { port } {8443} {"port": {port}}', values)).toBe('{} { port } {8443} {"port": 8443}');
});

test('placeholders are found where they stand', () => {
  expect(placeholdersIn('{host}:{port} and {host}')).toEqual(['host', 'port', 'host']);
  expect(placeholdersIn('{nobody} knows')).toEqual(['nobody']);
  expect(placeholdersIn('none')).toEqual([]);
});

test('the known names are those that have a value', () => {
  expect([...placeholderNames].toSorted()).toEqual(Object.keys(values).toSorted());
});

test('text stays text and everything else becomes JSON', () => {
  expect(asText('as "it" is')).toBe('as "it" is');
  expect(asText(7)).toBe('7');
  expect(asText(false)).toBe('false');
  expect(asText(null)).toBe('null');
  expect(asText({ a: [1] })).toBe('{"a":[1]}');
});
