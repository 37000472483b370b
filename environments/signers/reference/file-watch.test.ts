import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { ConfigError } from './fields.ts';
import { watchDirectories } from './file-watch.ts';
import { scratch } from './trial.ts';

test('what was read while files were being replaced is dropped and read again', async () => {
  await using directory = await scratch();
  const change = (): void => writeFileSync(join(directory.path, 'file'), 'content');
  const acts = [vi.fn(), vi.fn()];
  let readings = 0;
  watchDirectories(new Set([directory.path]), () => {
    if (readings === 0) change();
    return acts[readings++] ?? vi.fn();
  });

  change();
  await vi.waitFor(() => expect(acts[1]).toHaveBeenCalledOnce());
  expect(acts[0]).not.toHaveBeenCalled();
});

test('a directory that cannot be watched is named', () => {
  expect(() => watchDirectories(new Set(['/no/such/directory']), vi.fn())).toThrow(
    new ConfigError('Cannot watch /no/such/directory: ENOENT'),
  );
});
