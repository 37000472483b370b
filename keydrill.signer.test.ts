import { readFile, symlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { defects } from './environments/signers/defective/list.ts';
import { plant } from './environments/signers/defective/plant.ts';
import {
  adapterFor,
  checkout,
  expectComplaint,
  expectNoResult,
  findingsIn,
  httpsProgram,
  one,
  place,
  recordIn,
  type Ended,
  type Place,
} from './keydrill.fixture.ts';

// Signers and adapters that are not as they should be, as the user sees them who brings them.

describe.concurrent('an adapter that is wrong', () => {
  const start = { command: ['./signer'] };
  const json = (fields: object): string => JSON.stringify({ name: 'mine', start, ...fields });

  const wrong: readonly (readonly [name: string, content: string | undefined, tells: readonly string[]])[] = [
    ['missing.yaml', undefined, ['no such file', '--signer']],
    ['missing.ts', undefined, ['no such file', '--signer']],
    ['signer.toml', '', ['.yaml, .json, .ts or .js', 'rename']],
    ['bracket.yaml', 'name: mine\nstart:\n  command: [a, b\n  env: {\n', ['not YAML', 'line 4, column 3']],
    ['comma.json', '{"name": "mine",\n"start": {"command": ["a",]}}', ['not JSON', 'line 2, column 27']],
    ['field.json', json({ strat: 1 }), ['"strat"', 'README']],
    ['type.json', json({ ready: { get: '/up', status: '200' } }), ['ready.status', 'number', '"200"']],
    [
      'place.json',
      json({ start: { command: ['./signer', '{prot}'] } }),
      ['start.command.1', '{prot}', '{port}'.slice(1, -1)],
    ],
    [
      'deep.json',
      json({ start: { ...start, env: { SETTINGS: { clients: ['{client}'] } } } }),
      ['start.env.SETTINGS.clients.0', '{client}', 'clients'],
    ],
    [
      'claim.json',
      json({ claims: { 'replay/single-use': 'we do not' } }),
      ['claims.replay/single-use', 'optional', 'ready/truthful'],
    ],
    [
      'limits.json',
      json({ limits: { usual: { timestampMaxAgeMs: 60_000, nonceTtlSeconds: 119 } } }),
      ['limits.usual', 'nonceTtlSeconds 119', 'timestampMaxAgeMs 60000'],
    ],
    ['throws.ts', 'throw new Error("no vault today");', ['no vault today', 'node throws.ts']],
    ['syntax.ts', 'export default {,};', ['cannot be loaded', 'node syntax.ts']],
    ['import.ts', 'import "./gone.ts";\nexport default {};', ['gone.ts', 'node import.ts']],
    ['named.ts', 'export const signer = {};', ['no default export', 'export default defineSigner']],
    ['exits.ts', 'process.exit(0);', ['--signer']],
    ['waits.ts', 'await new Promise(() => {});\nexport default {};', ['--signer']],
  ];

  test.for(wrong)('%s', async ([name, content, tells]) => {
    await using here = await place();
    if (content !== undefined) await here.write(name, content);
    const ended = await here.keydrill(...one, '--signer', name);
    expectComplaint(ended, 2, tells);
    if (!tells.includes('--signer')) expect(ended.said).toMatch(`keydrill: ${name}: `);
    await expectNoResult(ended, here);
  });

  test('what an adapter leaves open does not keep the command from ending', async () => {
    await using here = await place();
    await here.write('open.ts', `setInterval(() => {}, 1000);\nexport default ${json({})};`);
    expectComplaint(await here.keydrill(...one, '--signer', 'open.ts'), 3, [
      'signer is not a file',
      'open.ts',
    ]);
  });
});

/** The topology did not come up: said once, recorded as such, and nothing of it is left. */
async function expectNotStarted(ended: Ended, here: Place, tells: readonly string[]): Promise<void> {
  expectComplaint(ended, 3, tells);
  expect(await recordIn(here, 'out')).toMatchObject({
    verdict: 'not-started',
    exitCode: 3,
    trouble: ended.said.slice('keydrill: '.length, -1),
  });
  expect((await findingsIn(here, 'out')).totals).toMatchObject({ exitCode: 3, must: { fail: 0, error: 0 } });
}

describe.concurrent('a signer that does not start', () => {
  test.for([
    ['no-such-program', ['no-such-program is not on the PATH', 'start.command', 'mine.json']],
    ['./missing', ['here/missing is not a file', 'start.command', 'mine.json']],
    ['./mine.json', ['mine.json is not executable', 'start.command']],
  ] as const)('because of its command %s', async ([command, tells]) => {
    await using here = await place();
    await here.write('mine.json', JSON.stringify({ name: 'mine', start: { command: [command] } }));
    await expectNotStarted(await here.keydrill(...one, '--signer', 'mine.json'), here, tells);
  });

  test('because there is no such folder, which is looked for beside the adapter', async () => {
    await using here = await place();
    const start = { command: ['true'], directory: './nowhere' };
    await here.write('adapters/mine.json', JSON.stringify({ name: 'mine', start }));
    const ended = await here.keydrill(...one, '--signer', 'adapters/mine.json');
    await expectNotStarted(ended, here, [here.at('here/adapters/nowhere'), 'the folder exists']);
  });

  test('because its configuration would lie where it stays behind', async () => {
    await using here = await place();
    const files = [{ path: '{adapter}/settings.json', content: '{clients}' }];
    const adapter = await adapterFor(here, 'untidy', '', { files });
    const ended = await here.keydrill(...one, '--signer', adapter);
    expectComplaint(ended, 2, ['untidy.json', 'here/settings.json', '{work}/']);
    expect(await recordIn(here, 'out')).toMatchObject({ verdict: 'not-started', exitCode: 2 });
    expect(await here.files()).not.toContain('settings.json');
  });

  test('because it dies: its last words are shown, and no secret in them, nor in any file', async () => {
    await using here = await place();
    // What it was given is kept beside, to be looked for.
    const adapter = await adapterFor(
      here,
      'dying',
      `import { readFileSync, writeFileSync } from 'node:fs';
      const key = readFileSync(process.env.KEY, 'utf8');
      writeFileSync(import.meta.dirname + '/../given-' + process.argv[2], JSON.stringify({ key, clients: process.env.CLIENTS }));
      console.log(JSON.stringify(process.env), JSON.stringify({ key }));
      console.error(Buffer.from(process.env.CLIENTS).toString('base64'), 'giving up');
      console.error(key);
      for (const { hmacSecrets } of Object.values(JSON.parse(process.env.CLIENTS)))
        for (const secret of hmacSecrets)
          console.log(Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64'));
      process.exitCode = 7;`,
    );
    const ended = await here.keydrill(...one, '--signer', adapter);
    await expectNotStarted(ended, here, [
      '"dying"',
      'usual/replica-',
      'exited with code 7',
      '[secret usual/',
      '[private key usual/',
    ]);

    const shown = [ended.out, ended.said, ...(await here.texts('out')).map(({ text }) => text)];
    const given = await Promise.all(
      ['replica-1', 'replica-2'].map(
        async (replica) => JSON.parse(await readFile(here.at(`given-${replica}`), 'utf8')) as Given,
      ),
    );
    interface Given {
      key: string;
      clients: string;
    }
    const secrets = given.flatMap(({ clients }) =>
      Object.values(JSON.parse(clients) as Record<string, { hmacSecrets: string[] }>).flatMap(
        ({ hmacSecrets }) => hmacSecrets,
      ),
    );
    const forms = secrets.flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
    ]);
    const lines = given.flatMap(({ key }) => key.split('\n').filter((line) => /^[^-]{20}/.test(line)));
    expect(forms.length).toBeGreaterThan(2);
    expect(lines.length).toBeGreaterThan(2);
    for (const text of shown) for (const secret of [...forms, ...lines]) expect(text).not.toContain(secret);
  });

  test('because it never becomes ready', async () => {
    await using here = await place();
    const adapter = await adapterFor(
      here,
      'dreaming',
      'console.log("warming up"); setInterval(() => {}, 1000);',
      {
        bounds: { startsWithinMs: 700 },
      },
    );
    const ended = await here.keydrill(...one, '--signer', adapter);
    await expectNotStarted(ended, here, ['"dreaming"', 'not ready within 700 ms', 'warming up']);
  });

  test('because it speaks another language, and loudly', async () => {
    await using here = await place();
    const adapter = await adapterFor(
      here,
      'babel',
      `import { randomBytes } from 'node:crypto';
      import { createServer } from 'node:net';
      for (let at = 0; at < 300; at += 1) process.stdout.write(randomBytes(64 * 1024));
      createServer((socket) => socket.on('error', () => {}).end(randomBytes(4000))).listen(Number(process.env.PORT), '127.0.0.1');`,
      { bounds: { startsWithinMs: 2500 } },
    );
    const ended = await here.keydrill(...one, '--signer', adapter);
    await expectNotStarted(ended, here, ['"babel"', 'not ready within 2500 ms']);
    // Nothing that would steer the terminal of whoever reads it.
    expect(ended.said).toMatch(/^\P{C}+\n$/u);
  });

  test('because somebody else has the port that its command names', async () => {
    await using here = await place();
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const adapter = await adapterFor(
      here,
      'settled',
      `
      import { createServer } from 'node:net';
      createServer().listen(${port}, '127.0.0.1');`,
    );
    const ended = await here.keydrill(...one, '--signer', adapter);
    await expectNotStarted(ended, here, ['"settled"', 'exited with code 1', 'EADDRINUSE', String(port)]);
  });
});

/** A PATH with what the launcher needs and nothing else. */
async function barePath(here: Place): Promise<string> {
  await here.write('bin/note', '');
  for (const program of ['dirname', 'readlink', 'sh'])
    await symlink(`/bin/${program}`, here.at('here/bin', program));
  return here.at('here/bin');
}

describe.concurrent('without redis-server', () => {
  test('on the PATH, the gate does not start and says what to install', async () => {
    await using here = await place();
    const env = { PATH: await barePath(here) };
    await expectNotStarted(await here.keydrillWith({ env }, ...one), here, [
      'redis-server is not on the PATH',
      'apt-get install redis-server',
      'KEYDRILL_REDIS_SERVER',
    ]);
  });

  test('where KEYDRILL_REDIS_SERVER says, neither', async () => {
    await using here = await place();
    const env = { KEYDRILL_REDIS_SERVER: '/nonexistent' };
    await expectNotStarted(await here.keydrillWith({ env }, ...one), here, [
      '/nonexistent',
      'KEYDRILL_REDIS_SERVER',
    ]);
  });

  test('the doctor finds it missing and gives the remedy', async () => {
    await using here = await place();
    const env = { PATH: await barePath(here) };
    const { code, out, said } = await here.keydrillWith({ env }, 'doctor');
    expect({ code, said }).toEqual({ code: 3, said: '' });
    expect(out).toMatch(/MISSING +redis-server +not on the PATH\n +→ .*install.* redis/);
  });
});

describe.concurrent('a signer that is ready and then talks nonsense is judged, not stumbled over', () => {
  test.for([
    ['500 to everything', 'response.writeHead(500).end("oops")'],
    ['a page to everything', 'response.setHeader("content-type", "text/html").end("<html>hello</html>")'],
    ['garbage', 'response.socket.end(randomBytes(3000))'],
    ['nothing, and hangs up', 'response.socket.destroy()'],
    ['with a crash, after a while', 'if (asked > 2) process.exit(3); response.writeHead(401).end("{}")'],
  ])('%s', async ([, answer]) => {
    await using here = await place();
    const adapter = await adapterFor(here, 'odd', httpsProgram(answer!));
    const ended = await here.keydrill(...one, '--signer', adapter);
    expect(ended).toMatchObject({ said: '', left: [] });
    expect([1, 4]).toContain(ended.code);
    const { findings, totals } = await findingsIn(here, 'out');
    expect(totals.exitCode).toBe(ended.code);
    const judged = findings.find(({ id }) => id === 'unknown_client_rejected');
    expect(['fail', 'inconclusive']).toContain(judged?.outcome);
    expect(judged).toMatchObject({
      expected: 'AUTH_INVALID_CLIENT',
      replica: expect.stringMatching(/^replica-[12]$/) as string,
    });
    expect(await recordIn(here, 'out')).toMatchObject({ exitCode: ended.code });
  });
});

describe('a signer that breaks a promise', () => {
  test('is told which, and the command that is given shows it again', async () => {
    await using here = await place();
    const defect = defects.find((each) => each.case === 'invalid_hmac_rejected');
    const adapter = await plant(defect!, here.at('here/defective'));
    const ended = await here.keydrill(
      'gate',
      '--only',
      'invalid_hmac_rejected',
      '--out',
      'out',
      '--signer',
      adapter,
    );
    expect(ended).toMatchObject({ code: 1, said: '', left: [] });
    const broken = {
      id: 'invalid_hmac_rejected',
      clause: defect!.clause,
      level: 'must',
      outcome: 'fail',
      expected: 'AUTH_INVALID_HMAC',
      actual: expect.stringContaining('accepted') as string,
      replica: expect.stringMatching(/^replica-[12]$/) as string,
    };
    const find = async (...folder: string[]) =>
      (await findingsIn(here, ...folder)).findings.find(({ id }) => id === broken.id);
    const finding = await find('out');
    expect(finding).toMatchObject(broken);
    const { clause, expected, replica, reproduce } = finding!;
    for (const text of [clause, expected!, replica!, reproduce]) expect(ended.out).toContain(text);

    // As somebody would who reads it: in the checkout, where npx finds the command.
    const [, again] = /^npx (keydrill .*)$/.exec(finding!.reproduce) ?? [];
    const repeated = await here.start([], {
      cwd: checkout,
      by: ['sh', '-c', `npx ${again}`],
      env: { KEYDRILL_OUT: here.at('here/again') },
    }).ended;
    expect(repeated.code).toBe(1);
    expect(await find('again')).toMatchObject({ ...broken, reproduce: finding!.reproduce });
  });
});
