import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** What the signer says to whoever asked for a reload, where it does not say why it refused. */
export const APPLIED = 'applied';

/** Where a running signer is asked to reload. */
export const reloadSocket = (configFile: string): string => join(dirname(configFile), 'reload.sock');

/** Reloads for everyone who connects, which its owner alone can, and tells what became of it. */
export function openReloadSocket(
  path: string,
  reload: () => string | undefined,
  onFailure: (reason: string) => void,
): void {
  // One that was killed leaves its socket behind.
  rmSync(path, { force: true });
  const server = createServer((asker) => {
    asker.on('error', () => asker.destroy());
    asker.end(reload() ?? APPLIED);
  });
  server.once('error', (error: NodeJS.ErrnoException) => onFailure(error.code ?? error.name));
  const usual = process.umask(0o177);
  server.listen(path);
  process.umask(usual);
}
