import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { behindOneLink, fileByFile } from './configuration.ts';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'keydrill-test-'));
  directory = join(parent, 'replica-1');
});
afterEach(() => rm(parent, { recursive: true }));

const files = (content: string) =>
  ['server.crt', 'conf/signer.json', 'conf/more.json'].map((name) => ({
    path: join(directory, name),
    content,
  }));
const contents = () => Promise.all(files('').map(({ path }) => readFile(path, 'utf8')));

test.each([
  ['file by file', fileByFile],
  ['behind one link', behindOneLink],
])('%s each of several changes is there whole, for its owner alone', async (_, place) => {
  for (const content of ['first', 'second', 'third']) {
    await place(files(content), directory);
    expect(await contents()).toEqual([content, content, content]);
  }
  for (const { path } of files('')) expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect(await readdir(parent)).toEqual(['replica-1']);
});

test('behind one link every visible name leads through the link, and one directory is left', async () => {
  for (const content of ['first', 'second', 'third']) await behindOneLink(files(content), directory);
  const version = await readlink(join(directory, '..data'));
  expect((await readdir(directory)).toSorted()).toEqual([version, '..data', 'conf', 'server.crt'].toSorted());
  expect(await readlink(join(directory, 'conf'))).toBe('..data/conf');
  expect(await readlink(join(directory, 'server.crt'))).toBe('..data/server.crt');
});
