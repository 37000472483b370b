import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clauses } from '../contract/signer-auth-v1/clauses.ts';
import { explain, UsageError } from '../errors.ts';
import { defineSigner, loadAdapter, type AdapterInput } from './adapter.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keydrill-adapter-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function written(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const minimal = { name: 'mine', start: { command: ['signer'] } } satisfies AdapterInput;
const json = (adapter: object): Promise<string> => written('adapter.json', JSON.stringify(adapter));

/** What a user reads when an adapter file is not right. */
async function complaint(path: string): Promise<string> {
  const error = await loadAdapter(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UsageError);
  return explain(error);
}

describe('an adapter', () => {
  test.each([
    ['adapter.yaml', 'name: mine\nstart: { command: [signer] }\n'],
    ['adapter.yml', 'name: mine\nstart:\n  command:\n    - signer\n'],
    ['adapter.json', JSON.stringify(minimal)],
    ['adapter.js', `export default ${JSON.stringify(minimal)};`],
    ['adapter.mjs', `export default ${JSON.stringify(minimal)};`],
    ['adapter.ts', `const name: string = 'mine';\nexport default { name, start: { command: ['signer'] } };`],
    ['adapter.mts', `export default { name: 'mine' as string, start: { command: ['signer'] } };`],
  ])('is read from %s', async (name, content) => {
    const path = await written(name, content);
    const adapter = await loadAdapter(path);
    expect(adapter).toMatchObject({ name: 'mine', path, directory, start: { command: ['signer'], env: {} } });
  });

  test('is found from where one stands', async () => {
    const path = await json(minimal);
    expect(await loadAdapter(relative(process.cwd(), path))).toMatchObject({ path, directory });
  });

  test('needs only a name and a command; the rest is what is usual', async () => {
    expect(await loadAdapter(await json(minimal))).toMatchObject({
      contract: 'signer-auth-v1',
      files: [],
      apply: { by: 'restart' },
      ready: { get: '/health', status: 200 },
      readiness: { get: '/ready' },
      offer: { method: 'POST', target: '/v1/sign/session-transaction' },
      dialect: { answers: [], handshake: ['AUTH_MTLS_REQUIRED', 'AUTH_INVALID_CLIENT'] },
      claims: {},
      bounds: {
        startsWithinMs: 15_000,
        answersWithinMs: 2000,
        failClosedWithinMs: 2000,
        appliesWithinMs: 5000,
        recoversWithinMs: 5000,
      },
      limits: {
        usual: { timestampMaxAgeMs: 60_000, nonceTtlSeconds: 120 },
        short: { timestampMaxAgeMs: 1000, nonceTtlSeconds: 2 },
      },
    });
  });

  test('written as a module knows its fields', () => {
    expect(defineSigner(minimal)).toBe(minimal);
  });

  test('may claim away every optional clause', async () => {
    const optional = Object.entries(clauses).filter(([, clause]) => 'optional' in clause);
    const claims = Object.fromEntries(optional.map(([id]) => [id, 'it has none']));
    expect(Object.keys(claims)).toHaveLength(3);
    expect((await loadAdapter(await json({ ...minimal, claims }))).claims).toEqual(claims);
  });

  test('is told the signal and the limits it asked for', async () => {
    const path = await json({
      ...minimal,
      apply: { by: 'signal' },
      limits: { short: { timestampMaxAgeMs: 500, nonceTtlSeconds: 1 } },
    });
    expect(await loadAdapter(path)).toMatchObject({
      apply: { by: 'signal', signal: 'SIGHUP' },
      limits: { short: { timestampMaxAgeMs: 500 }, usual: { timestampMaxAgeMs: 60_000 } },
    });
  });

  test.each([
    [{ by: 'watch' }, { by: 'watch', as: 'files' }],
    [
      { by: 'watch', as: 'symlinks' },
      { by: 'watch', as: 'symlinks' },
    ],
    [
      { by: 'command', command: ['reload', '{work}'] },
      { by: 'command', command: ['reload', '{work}'] },
    ],
  ])('may be changed by %j', async (apply, read) => {
    const adapter = await loadAdapter(await json({ ...minimal, apply, secretsPerClient: 1 }));
    expect(adapter).toMatchObject({ apply: read, secretsPerClient: 1 });
  });
});

const inVariable = (value: unknown) => ({ start: { command: ['signer'], env: { KEY: value } } });

describe('a field that does not fit is named, with what is wrong with it', () => {
  const never = 'only an optional clause can be claimed away: ready/truthful, reload/without-restart';

  test.each<[string, object, field: string, what: string]>([
    ['no name', { name: undefined }, 'name', 'expected string'],
    ['an empty name', { name: '' }, 'name', ''],
    ['no command', { start: {} }, 'start.command', ''],
    ['an empty command', { start: { command: [] } }, 'start.command.0', ''],
    ['a field nobody knows', { strat: {} }, 'the file', '"strat"'],
    ['another contract', { contract: 'signer-auth-v2' }, 'contract', '"signer-auth-v1"'],
    [
      'an unknown placeholder in the command',
      { start: { command: ['{nod}'] } },
      'start.command.0',
      'holds unknown placeholder {nod}; known are replica, host, port',
    ],
    [
      'an unknown placeholder in a variable',
      inVariable('{secret}'),
      'start.env.KEY',
      'holds unknown placeholder {secret}; known are',
    ],
    [
      'an unknown placeholder deep in a variable',
      inVariable({ a: ['{secret}'] }),
      'start.env.KEY.a.0',
      'holds unknown placeholder {secret}; known are',
    ],
    [
      'an unknown placeholder in the path of a file',
      { files: [{ path: '{wrk}/a', content: '' }] },
      'files.0.path',
      'holds unknown placeholder {wrk}',
    ],
    [
      'a variable that is none',
      { start: { command: ['s'], env: { 'A-B': '' } } },
      'start.env.A-B',
      'is not a variable name',
    ],
    ['an unknown way to apply', { apply: { by: 'magic' } }, 'apply.by', ''],
    ['an unknown way to watch', { apply: { by: 'watch', as: 'inodes' } }, 'apply.as', '"symlinks"'],
    ['no command to apply with', { apply: { by: 'command' } }, 'apply.command', ''],
    [
      'an unknown placeholder in that command',
      { apply: { by: 'command', command: ['reload', '{sock}'] } },
      'apply.command.1',
      'holds unknown placeholder {sock}',
    ],
    [
      'two secrets of a client said to be its most',
      { secretsPerClient: 2 },
      'secretsPerClient',
      'must be 1, or left out',
    ],
    ['an unknown signal', { apply: { by: 'signal', signal: 'SIGKILL' } }, 'apply.signal', '"SIGHUP"'],
    [
      'a path without a slash',
      { ready: { get: 'health' } },
      'ready.get',
      'must be a path that starts with "/"',
    ],
    ['a readiness path without a slash', { readiness: { get: 'ready' } }, 'readiness.get', 'with "/"'],
    [
      'a method in lower case',
      { offer: { method: 'post' } },
      'offer.method',
      'must be an upper-case HTTP method',
    ],
    ['a target without a slash', { offer: { target: 'sign' } }, 'offer.target', 'must be a path'],
    [
      'an acceptance in the dialect',
      { dialect: { answers: [{ means: ['accepted'] }] } },
      'dialect.answers.0.means.0',
      '',
    ],
    [
      'a success in the dialect',
      { dialect: { answers: [{ status: 200, means: ['NOT_SERVED'] }] } },
      'dialect.answers.0.status',
      '',
    ],
    [
      'a pattern that is none',
      { dialect: { answers: [{ error: '(', means: ['NOT_SERVED'] }] } },
      'dialect.answers.0.error',
      'is not a regular expression',
    ],
    ['a claim of what must hold', { claims: { 'replay/shared': 'no' } }, 'claims.replay/shared', never],
    ['a claim without a reason', { claims: { 'ready/truthful': '' } }, 'claims.ready/truthful', ''],
    ['a bound of nothing', { bounds: { answersWithinMs: 0 } }, 'bounds.answersWithinMs', ''],
    ['a bound beyond reason', { bounds: { answersWithinMs: 1e9 } }, 'bounds.answersWithinMs', ''],
    [
      'a time to live too short for its age',
      { limits: { usual: { timestampMaxAgeMs: 60_001, nonceTtlSeconds: 120 } } },
      'limits.usual',
      'must be at least twice timestampMaxAgeMs',
    ],
  ])('%s', async (_what, change, field, what) => {
    const path = await json({ ...minimal, ...change });
    const said = await complaint(path);
    expect(said).toContain(` ${field}: `);
    expect(said.slice(said.indexOf(` ${field}: `))).toContain(what);
    expect(said).toContain(path);
    expect(said).toContain('see "Your own signer" in the README');
  });

  test('all of them at once', async () => {
    const said = await complaint(await json({ name: '', start: { command: ['{a}', '{b}'] } }));
    for (const field of ['name', 'start.command.0', 'start.command.1']) expect(said).toContain(` ${field}: `);
  });

  test('a time to live of exactly twice the age is long enough', async () => {
    const limits = { usual: { timestampMaxAgeMs: 60_000, nonceTtlSeconds: 120 } };
    await expect(loadAdapter(await json({ ...minimal, limits }))).resolves.toMatchObject({ limits });
  });
});

describe('a file that cannot be read is named, on one line', () => {
  test.each<[string, string, RegExp]>([
    ['half.json', '{"name": "mine",', /JSON/],
    ['half.yaml', 'name: [mine\nstart: 1', /line 2/],
    ['tabs.yaml', 'name: mine\nstart:\n\tcommand: [signer]\n', /[Tt]ab/],
    ['twice.yaml', 'name: mine\nname: yours\n', /unique/],
    [
      'empty.js',
      'export const adapter = {};',
      /no default export; write `export default defineSigner\({...}\)`/,
    ],
    ['adapter.toml', 'name = "mine"', /name must end in \.yaml, \.json, \.ts or \.js/],
    ['adapter', '', /name must end in/],
  ])('%s', async (name, content, message) => {
    const path = await written(name, content);
    const said = await complaint(path);
    expect(said).toMatch(message);
    expect(said).toContain(`${path}: `);
    expect(said).not.toContain('\n');
  });

  test.each(['missing.yaml', 'missing.json', 'missing.ts', 'missing.js'])('%s', async (name) => {
    const said = await complaint(join(directory, name));
    expect(said).toContain(`${join(directory, name)}: no such file`);
  });

  test('a directory', async () => {
    const path = join(directory, 'a.yaml');
    await mkdir(path);
    expect(await complaint(path)).toContain(`${path}: a directory, not a file`);
  });

  test('a file that holds nothing', async () => {
    expect(await complaint(await written('nothing.yaml', ''))).toContain(' the file: ');
    expect(await complaint(await written('list.json', '[]'))).toContain(' the file: ');
  });

  test('and nothing of what it holds is repeated', async () => {
    const secret = 'public-test-secret';
    for (const [name, content] of [
      ['leaky.json', `{"name": "mine", ${secret}`],
      ['leaky.yaml', `name: "mine\nkey: ${secret}`],
    ] as const)
      expect(await complaint(await written(name, content))).not.toContain(secret);
    expect(
      await complaint(await json({ ...minimal, ...inVariable({ key: secret, other: '{x}' }) })),
    ).not.toContain(secret);
  });

  // Modules are loaded by Node itself, whose words vitest would put its own in the place of.
  test('a module that cannot be loaded', async () => {
    const broken = {
      'broken.ts': 'export default {',
      'broken.js': 'export default }',
      'imports.ts': `import './no-such-file.ts';\nexport default {};`,
      'throws.js': `throw new Error('not today\\nnor tomorrow');`,
    };
    const paths = await Promise.all(Object.entries(broken).map((each) => written(...each)));
    const program = `
      import { loadAdapter } from ${JSON.stringify(join(import.meta.dirname, 'adapter.ts'))};
      for (const path of process.argv.slice(1))
        await loadAdapter(path).catch((error) => console.log(error.name + '|' + error.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      program,
      ...paths,
    ]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(paths.length);
    for (const [index, path] of paths.entries()) {
      expect(lines[index]).toMatch(/^UsageError\|/);
      expect(lines[index]).toContain(`${path}: `);
      expect(lines[index]?.length).toBeGreaterThan(`UsageError|${path}: `.length + 10);
    }
  });
});
