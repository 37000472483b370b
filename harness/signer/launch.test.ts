import { describe, expect, test } from 'vitest';
import { adapterOf, keyPem, place, stateOf } from './adapter.fixture.ts';
import { launchOf } from './launch.ts';

describe('the command', () => {
  test('is filled word by word', () => {
    const start = {
      command: ['{node}', '{adapter}/signer.js', '--port={port}', '{redisDatabase}'] as [string, ...string[]],
    };
    const { command, args } = launchOf(adapterOf({ start }), stateOf(), place);
    expect(command).toBe('/usr/bin/node');
    expect(args).toEqual(['/adapters/made-up/signer.js', '--port=8443', '3']);
  });

  test('that tells of a change is filled like the one that starts, and is there where the adapter has one', () => {
    const command: [string, ...string[]] = ['{node}', '{adapter}/reload.js', '--replica={replica}'];
    expect(launchOf(adapterOf({ apply: { by: 'command', command } }), stateOf(), place).tells).toEqual({
      command: '/usr/bin/node',
      args: ['/adapters/made-up/reload.js', '--replica=replica-1'],
    });
    expect(launchOf(adapterOf(), stateOf(), place)).not.toHaveProperty('tells');
  });

  test('starts beside the adapter unless it says where', () => {
    const start = { command: ['signer'] as [string] };
    expect(launchOf(adapterOf({ start }), stateOf(), place).directory).toBe('/adapters/made-up');
    const elsewhere = adapterOf({ start: { ...start, directory: '{work}/run' } });
    expect(launchOf(elsewhere, stateOf(), place).directory).toBe('/work-directory/replica-1/run');
  });
});

function env(value: unknown): string | undefined {
  const adapter = adapterOf({ start: { command: ['signer'], env: { VALUE: value as string } } });
  return launchOf(adapter, stateOf(), place).env['VALUE'];
}

describe('variables', () => {
  test('hold strings as they are', () => {
    expect(env('plain')).toBe('plain');
    expect(env('{host}')).toBe('127.0.0.1');
    expect(env('{redisUrl}')).toBe('redis://127.0.0.1:6390/3');
    expect(env('')).toBe('');
  });

  test('and everything else as JSON', () => {
    expect(env('{port}')).toBe('8443');
    expect(env(true)).toBe('true');
    expect(env({ host: '{host}', port: '{port}' })).toBe('{"host":"127.0.0.1","port":8443}');
    expect(env(['{requireMtls}', null])).toBe('[true,null]');
  });

  test('a signer that can hold one secret of a client gets the newest', () => {
    expect(env('{clientSecrets}')).toBe(
      '{"__proto__":"public-test-proto","two \\"quoted\\"":"public-test-{port}"}',
    );
  });

  test('a client that bears a name of the language’s own survives', () => {
    expect(env('{clients}')).toBe(
      '{"__proto__":{"hmacSecrets":["public-test-proto"]},' +
        '"two \\"quoted\\"":{"hmacSecrets":["public-test-1","public-test-{port}"]}}',
    );
    const nested = JSON.parse(env({ clients: '{clients}' })!) as { clients: object };
    expect(Object.keys(nested.clients)).toEqual(['__proto__', 'two "quoted"']);
  });
});

const filesOf = (files: { path: string; content: string | object }[]) =>
  launchOf(adapterOf({ files: files as never }), stateOf(), place).files;

describe('files', () => {
  test('are the certificate, the key and the authorities to begin with', () => {
    expect(filesOf([])).toEqual([
      { path: '/work-directory/replica-1/server.crt', content: 'CHAIN\n' },
      { path: '/work-directory/replica-1/server.key', content: keyPem },
      { path: '/work-directory/replica-1/client-ca.crt', content: 'OLD CA\nNEXT CA\n' },
    ]);
  });

  test('lie where their placeholders say', () => {
    const adapter = adapterOf({
      start: { command: ['signer', '{certificateFile}', '{keyFile}', '{clientCaFile}'] },
    });
    const { args, files } = launchOf(adapter, stateOf(), place);
    expect(args).toEqual(files.map(({ path }) => path));
  });

  test('of the adapter’s own lie in the work directory, whichever way they are named', () => {
    const [, , , absolute, relative] = filesOf([
      { path: '{work}/signer.json', content: { port: '{port}', clients: '{clients}' } },
      { path: 'conf/{replica}.ini', content: 'port = {port}\n' },
    ]);
    expect(absolute?.path).toBe('/work-directory/replica-1/signer.json');
    expect(JSON.parse(absolute!.content)).toMatchObject({ port: 8443 });
    expect(absolute?.content).toContain('"__proto__":');
    expect(relative).toEqual({
      path: '/work-directory/replica-1/conf/replica-1.ini',
      content: 'port = 8443\n',
    });
  });
});

test('a change of state changes what is launched, and nothing else does', () => {
  const adapter = adapterOf({
    start: { command: ['signer'], env: { CLIENTS: '{clients}', TTL: '{nonceTtlSeconds}' } },
  });
  const before = launchOf(adapter, stateOf(), place);
  expect(launchOf(adapter, stateOf(), place)).toEqual(before);
  const after = launchOf(adapter, stateOf({ clients: [], nonceTtlSeconds: 2 }), place);
  expect(after.env).toEqual({ CLIENTS: '{}', TTL: '2' });
  expect(after.files).toEqual(before.files);
});
