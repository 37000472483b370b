import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** A project folder with the launcher, and a PATH with what a POSIX launcher may use and one Node of a chosen version. */
async function place({ files, version }: { files: string[]; version?: string }) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'keydrill-launcher-')));
  const at = (name: string) => join(root, name);
  await mkdir(at('a project/bin'), { recursive: true });
  await copyFile(new URL('keydrill', import.meta.url), at('a project/bin/keydrill'));

  async function putNode(name: string, says: string) {
    await mkdir(dirname(at(name)), { recursive: true });
    const answer = `if [ "$1" = --version ]; then echo ${says}; exit; fi`;
    // As the real one does: what is meant for Node itself is no word of the command.
    const own = 'case $1 in --max-semi-space-size=*) shift ;; esac';
    await writeFile(at(name), `#!/bin/sh\n${answer}\n${own}\nprintf '%s\\n' "$0" "$$" "$@"\n`);
    await chmod(at(name), 0o755);
  }
  await mkdir(at('path'));
  for (const tool of ['dirname', 'readlink']) await symlink(`/usr/bin/${tool}`, at(`path/${tool}`));
  if (version) await putNode('path/node', version);
  for (const name of files) {
    await mkdir(dirname(at(`a project/${name}`)), { recursive: true });
    await writeFile(at(`a project/${name}`), '');
  }

  function launch(program: string, ...args: string[]) {
    return new Promise<{ code: number | null; pid: number | undefined; out: string[]; said: string }>(
      (done) => {
        const child = spawn(at(program), args, { cwd: root, env: { PATH: at('path') } });
        let out = '';
        let said = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
        child.on('close', (code) => done({ code, pid: child.pid, out: out.split('\n').slice(0, -1), said }));
      },
    );
  }

  return { at, putNode, launch, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

const checkout = ['keydrill.ts', 'node_modules/zod/package.json'];
const own = 'a project/node_modules/node/bin/node';

test('a checkout runs its source with the Node in node_modules, as the very process that was started', async () => {
  await using here = await place({ files: checkout, version: 'v26.0.0' });
  await here.putNode(own, 'v24.21.0');

  const { code, pid, out } = await here.launch('a project/bin/keydrill', 'gate', '--only', 'a b', '', '*');
  expect(code).toBe(0);
  expect(out).toEqual([
    here.at(own),
    String(pid),
    here.at('a project/keydrill.ts'),
    'gate',
    '--only',
    'a b',
    '',
    '*',
  ]);
});

test('a published package runs its build with the Node on the PATH', async () => {
  await using here = await place({ files: ['dist/keydrill.js'], version: 'v24.0.0' });

  const { out } = await here.launch('a project/bin/keydrill');
  expect(out.slice(2)).toEqual([here.at('a project/dist/keydrill.js')]);
});

test('a checkout prefers its source to a build that may be old', async () => {
  await using here = await place({ files: [...checkout, 'dist/keydrill.js'], version: 'v24.0.0' });

  const { out } = await here.launch('a project/bin/keydrill');
  expect(out.slice(2)).toEqual([here.at('a project/keydrill.ts')]);
});

test('links to the launcher, to its folder, and relative ones, lead to the project', async () => {
  await using here = await place({ files: checkout, version: 'v24.0.0' });
  await symlink('a project', here.at('linked folder'));
  await mkdir(here.at('tools'));
  await symlink('../linked folder/bin/keydrill', here.at('tools/second'));
  await symlink(here.at('tools/second'), here.at('first'));

  const { code, out } = await here.launch('first');
  expect(code).toBe(0);
  expect(out[2]).toBe(here.at('a project/keydrill.ts'));
});

test('a Node in node_modules that does not run gives way to the one on the PATH', async () => {
  await using here = await place({ files: checkout, version: 'v24.1.0' });
  await here.putNode(own, 'garbage');

  expect((await here.launch('a project/bin/keydrill')).out[0]).toMatch(/path\/node$/);
});

test.for([
  { version: 'v20.20.2', says: 'v20.20.2' },
  { version: undefined, says: 'none' },
])('a checkout whose PATH has Node $says is told so with the remedy', async ({ version, says }) => {
  await using here = await place({ files: checkout, ...(version && { version }) });

  expect(await here.launch('a project/bin/keydrill')).toMatchObject({
    code: 3,
    out: [],
    said: `keydrill: Node 24 or later is needed and the PATH has ${says}; run: npm run setup\n`,
  });
});

test('a published package on an old Node names a remedy that works without a checkout', async () => {
  await using here = await place({ files: ['dist/keydrill.js'], version: 'v22.19.0' });

  expect(await here.launch('a project/bin/keydrill')).toMatchObject({
    code: 3,
    said: 'keydrill: Node 24 or later is needed and the PATH has v22.19.0; install Node 24 and put it on the PATH\n',
  });
});

test('a checkout without dependencies names the command that brings them', async () => {
  await using here = await place({ files: ['keydrill.ts'], version: 'v24.0.0' });

  expect(await here.launch('a project/bin/keydrill')).toMatchObject({
    code: 3,
    said: `keydrill: Dependencies are not installed in ${here.at('a project')}; run: npm run setup\n`,
  });
});

test('a launcher without a program is no riddle', async () => {
  await using here = await place({ files: [], version: 'v24.0.0' });

  const { code, said } = await here.launch('a project/bin/keydrill');
  expect(code).toBe(3);
  expect(said).toMatch(/^keydrill: Neither keydrill\.ts nor dist\/keydrill\.js in .+\n$/);
});
