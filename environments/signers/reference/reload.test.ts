import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Configured, prepareTrial, type Started, type Trial, verdict } from './trial.ts';

const RELOAD = join(import.meta.dirname, 'reload.ts');
const CERTIFICATES = [
  'server.pem',
  'server.key',
  'self-signed.pem',
  'self-signed.key',
  'ca.pem',
  'next-ca.pem',
];
const INVALID = '401 AUTH_INVALID_HMAC';

let trial: Trial;
beforeAll(async () => {
  trial = await prepareTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

/** How a change reaches the signer, and how it is put in its place. */
const WAYS = {
  'a signal': ['signal', inPlace, (signer: Started) => signer.process.kill('SIGHUP')],
  'a watch, where files are written in place': ['watch', inPlace, nothing],
  'a watch, where files are replaced': ['watch', byRename, nothing],
  'a watch, where a link is swapped': ['watch', bySwap, nothing, startedOnMount],
  'a command': ['command', inPlace, (signer: Started) => asked(signer)],
} as const;

test.each(Object.entries(WAYS))(
  'by %s each of several changes takes effect',
  async (_, [reload, put, tell, start = started]) => {
    await using signer = await start(reload);
    for (const secret of ['second', 'third', 'fourth']) {
      const lines = signer.lines.length;
      await put(signer, { clients: { alice: { hmacSecrets: [secret] } } });
      await tell(signer);
      await signer.logged('reload-applied', lines);
      expect(verdict(await signer.send({ secret }))).toBe('200');
      expect(verdict(await signer.send({ secret: 'current' }))).toBe(INVALID);
    }
  },
);

test.each(Object.entries(WAYS))(
  'by %s a broken file changes nothing, is not quoted, and is forgotten once it is mended',
  async (_, [reload, put, tell, start = started]) => {
    await using signer = await start(reload);
    const lines = signer.lines.length;
    await put(signer, '{"clients": CANARY');
    await Promise.resolve(tell(signer)).catch(() => undefined);
    expect(await signer.logged('reload-refused', lines)).toContain('is not JSON');
    expect(verdict(await signer.send())).toBe('200');

    await put(signer, { clients: { alice: { hmacSecrets: ['mended'] } } });
    await tell(signer);
    await signer.logged('reload-applied', lines);
    expect(verdict(await signer.send({ secret: 'mended' }))).toBe('200');
    expect(signer.lines.join('\n')).not.toContain('CANARY');
  },
);

test('a watched set of files of which only some are there yet is not taken in part', async () => {
  await using signer = await started('watch');
  const lines = signer.lines.length;
  await byRename(signer, { clients: { alice: { hmacSecrets: ['second'] } } });
  await copyFile(join(trial.directory, 'self-signed.key'), join(dirname(signer.configFile), 'server.key'));
  expect(await signer.logged('reload-', lines)).toContain('do not make a pair');
  expect(verdict(await signer.send())).toBe('200');

  await copyFile(join(trial.directory, 'self-signed.pem'), join(dirname(signer.configFile), 'server.pem'));
  await signer.logged('reload-applied', lines);
  expect(verdict(await signer.send({ secret: 'second', trusts: trial.ids.selfSigned }))).toBe('200');
});

test('the command says why a reload was refused, and that nobody is there to be asked', async () => {
  const signer = await started('command');
  await inPlace(signer, '{"clients": CANARY');
  await expect(asked(signer)).rejects.toMatchObject({
    code: 1,
    stderr: `Reload refused: Config is not usable: ${signer.configFile} is not JSON\n`,
  });
  signer.process.kill('SIGKILL');
  await once(signer.process, 'exit');
  await expect(asked(signer)).rejects.toMatchObject({
    code: 1,
    stderr: 'Cannot ask the signer to reload: ECONNREFUSED\n',
  });
});

test('the socket of the command is for its owner alone, and one that a killed signer left is no obstacle', async () => {
  const killed = await started('command');
  killed.process.kill('SIGKILL');
  await once(killed.process, 'exit');
  await using signer = await trial.start({ reload: 'command' }, killed.configFile);
  expect((await stat(join(dirname(signer.configFile), 'reload.sock'))).mode & 0o777).toBe(0o600);
  await asked(signer);
});

test('no request is lost or refused while a hundred reloads change secrets, bundle and server certificate', async () => {
  const { ca, nextCa, server, selfSigned } = trial.ids;
  await using signer = await started('signal');
  const trusts = { ...server, cert: `${server.cert}${selfSigned.cert}` };
  await writeFile(join(dirname(signer.configFile), 'both.pem'), `${nextCa.cert}${ca.cert}`);

  const verdicts: Record<string, number> = {};
  let resumed = 0;
  const done = new AbortController();
  const sending = [
    ...[1, 2, 3].map(() => new Agent({ keepAlive: true, maxSockets: 1 })),
    new Agent({ keepAlive: false, maxCachedSessions: 0 }),
    // Resumes a session wherever the signer still knows it.
    new Agent({ keepAlive: false }),
  ].map(async (agent) => {
    while (!done.signal.aborted) {
      const reply = await signer.send({ agent, trusts });
      verdicts[verdict(reply)] = (verdicts[verdict(reply)] ?? 0) + 1;
      resumed += Number(reply.wasResumed);
    }
    agent.destroy();
  });
  for (let count = 0; count < 100; count += 1) {
    const lines = signer.lines.length;
    const name = count % 3 === 0 ? 'self-signed' : 'server';
    await inPlace(signer, {
      clients: { alice: { hmacSecrets: count % 2 ? ['current'] : ['next', 'current'] } },
      tls: {
        certificateFile: `${name}.pem`,
        keyFile: `${name}.key`,
        clientCaFile: count % 5 === 0 ? 'both.pem' : 'ca.pem',
      },
    });
    signer.process.kill('SIGHUP');
    await signer.logged('reload-applied', lines);
  }
  done.abort();
  await Promise.all(sending);

  expect(Object.keys(verdicts)).toEqual(['200']);
  expect(verdicts['200']).toBeGreaterThan(100);
  expect(resumed).toBeGreaterThan(0);
});

function nothing(): void {}

/** A signer whose files lie in a directory of its own. */
async function started(reload: string): Promise<Started> {
  const directory = await mkdtemp(join(trial.directory, 'files-'));
  for (const name of CERTIFICATES) await copyFile(join(trial.directory, name), join(directory, name));
  return trial.start({ reload }, join(directory, 'signer.json'));
}

/** A signer whose files lie behind one link, as in a mounted secret. */
async function startedOnMount(reload: string): Promise<Started> {
  const directory = await mkdtemp(join(trial.directory, 'mounted-'));
  await mkdir(`${directory}/..1`);
  for (const name of CERTIFICATES) await copyFile(join(trial.directory, name), `${directory}/..1/${name}`);
  await symlink('..1', join(directory, '..data'));
  const visible = [...CERTIFICATES, 'signer.json'];
  await Promise.all(visible.map((name) => symlink(join('..data', name), join(directory, name))));
  return trial.start({ reload }, join(directory, 'signer.json'));
}

const textOf = ({ config }: Configured, change: object | string): string =>
  typeof change === 'string' ? change : JSON.stringify({ ...config, ...change });

async function inPlace(signer: Configured, change: object | string): Promise<void> {
  await writeFile(signer.configFile, textOf(signer, change));
}

async function byRename(signer: Configured, change: object | string): Promise<void> {
  await writeFile(`${signer.configFile}.new`, textOf(signer, change));
  await rename(`${signer.configFile}.new`, signer.configFile);
}

async function bySwap(signer: Configured, change: object | string): Promise<void> {
  const directory = dirname(signer.configFile);
  const version = await mkdtemp(`${directory}/..`);
  for (const name of CERTIFICATES) await copyFile(join(directory, name), join(version, name));
  await writeFile(join(version, 'signer.json'), textOf(signer, change));
  await symlink(basename(version), join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
}

async function asked({ configFile }: Configured): Promise<void> {
  await promisify(execFile)(process.execPath, [RELOAD, '--config', configFile]);
}
