import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../../harness/errors.ts';
import correctSigner from '../reference/adapter.ts';
import type { Defect, Edit } from './defect.ts';

/** What is planted: a defect, or no edits at all for the correct signer in the same clothes. */
export type Planting = Pick<Defect, 'id' | 'edits'>;

/** Writes a copy of the reference signer with one defect into a directory, and says where its adapter lies. */
export async function plant(defect: Planting, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const file of await sourceFiles()) {
    await copyFile(join(reference, file), join(directory, file));
  }
  for (const edit of defect.edits) await apply(edit, defect.id, directory);
  await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  await symlink(projectModules(), join(directory, 'node_modules'), 'dir');

  const adapter = join(directory, 'adapter.json');
  await writeFile(adapter, JSON.stringify(adapterOf(defect)));
  return adapter;
}

/** Edits are made in TypeScript, which the published package keeps beside its sources in JavaScript. */
const reference = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/') ? '../../../../environments/signers/reference/' : '../reference/',
    import.meta.url,
  ),
);

/** The program itself: what tests or describes it stays behind. */
async function sourceFiles(): Promise<string[]> {
  const files = await readdir(reference);
  return files.filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !notTheProgram.has(file),
  );
}

const notTheProgram = new Set([
  'adapter.ts',
  'watch.ts',
  'symlinks.ts',
  'command.ts',
  'restart.ts',
  'trial.ts',
]);

async function apply({ file, correct, wrong }: Edit, id: string, directory: string): Promise<void> {
  const path = join(directory, file);
  const parts = (await readFile(path, 'utf8')).split(correct);
  if (parts.length !== 2) {
    throw new EnvironmentError(
      `Cannot plant ${id}: "${correct}" occurs ${parts.length - 1} times in ${file}; bring the defect up to the reference signer`,
    );
  }
  await writeFile(path, parts.join(wrong));
}

/** The folder in which this project finds its own dependencies. */
function projectModules(): string {
  const ioredis = createRequire(import.meta.url).resolve('ioredis');
  return ioredis.slice(0, ioredis.lastIndexOf(join('node_modules', 'ioredis')) + 'node_modules'.length);
}

const adapterOf = ({ id }: Planting) => ({
  ...correctSigner,
  name: `reference signer with ${id}`,
  start: { command: ['{node}', '{adapter}/signer.ts', '--config', '{work}/signer.json'] },
});
