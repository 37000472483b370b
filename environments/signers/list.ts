import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = extname(fileURLToPath(import.meta.url));

const reference = (adapter: string): string =>
  fileURLToPath(new URL(`./reference/${adapter}${extension}`, import.meta.url));

/** The signer that a newcomer sees when he names none. */
export const referenceAdapter = reference('adapter');

/** The same signer by the way in which a change reaches it. */
export const referenceAdapters = {
  signal: referenceAdapter,
  watch: reference('watch'),
  symlinks: reference('symlinks'),
  command: reference('command'),
  restart: reference('restart'),
} as const;
