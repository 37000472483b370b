import { mkdir, mkdtemp, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { ConfigurationFile } from '../../harness/signer/launch.ts';

/** How a replica's files come to lie where it reads them. Nobody else may read them: some hold secrets and keys. */
export type Placing = (files: readonly ConfigurationFile[], directory: string) => Promise<void>;

/** Each file appears whole or not at all; for a moment some are new and some are old. */
export const fileByFile: Placing = async (files) => {
  await Promise.all(
    files.map(async ({ path, content }) => {
      await write(`${path}.new`, content);
      await rename(`${path}.new`, path);
    }),
  );
};

/**
 * All files change at once, the way Kubernetes mounts secrets: they lie in a directory of their own, `..data` is a link
 * to it, every visible name is a link through `..data`, and a change swaps that one link.
 */
export const behindOneLink: Placing = async (files, directory) => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Not joined: two dots would be the directory above.
  const version = await mkdtemp(`${directory}${sep}..`);
  const inside = files.map(({ path, content }) => ({ name: relative(directory, path), content }));
  await Promise.all(inside.map(({ name, content }) => write(join(version, name), content)));

  const data = join(directory, '..data');
  const before = await readlink(data).catch(ifMissing);
  await rm(`${data}_tmp`, { force: true });
  await symlink(basename(version), `${data}_tmp`);
  await rename(`${data}_tmp`, data);

  for (const name of new Set(inside.map((file) => file.name.split(sep, 1).join()))) {
    await symlink(join('..data', name), join(directory, name)).catch(ifThere);
  }
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
};

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { mode: 0o600 });
}

const unless =
  (code: string) =>
  (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== code) throw error;
  };
const ifMissing = unless('ENOENT');
const ifThere = unless('EEXIST');
