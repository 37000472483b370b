import { watch } from 'node:fs';

import { ConfigError } from './fields.ts';

/** Longer than it takes to replace a few files one after the other. */
const QUIET_MS = 50;

/**
 * Reads after every change in these directories, once they have been quiet for a moment, and then acts on what was
 * read. A directory keeps its watch when a file in it is replaced or a link swapped; the file would not.
 */
export function watchDirectories(directories: ReadonlySet<string>, read: () => () => void): void {
  let changes = 0;
  let quiet: NodeJS.Timeout | undefined;

  const readQuietly = (): void => {
    const before = changes;
    const act = read();
    // A change during the reading, which may have mixed two sets of files, is heard before this is called.
    setImmediate(() => {
      if (changes === before) act();
    });
  };
  const onChange = (): void => {
    changes += 1;
    clearTimeout(quiet);
    quiet = setTimeout(readQuietly, QUIET_MS);
  };
  for (const directory of directories) {
    try {
      watch(directory, onChange);
    } catch (error) {
      throw new ConfigError(`Cannot watch ${directory}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
}
