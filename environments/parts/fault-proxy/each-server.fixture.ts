import { beforeEach, describe, vi } from 'vitest';
import { UNCOMPARED } from './both-servers.fixture.ts';
import { toxiproxyOnPath } from './start.ts';

const program = toxiproxyOnPath();

/** The same tests with either server as the one that is started. */
export function withEachServer(tests: () => void): void {
  describe.each(['built-in', program ?? 'toxiproxy-server'])('with %s', (choice) => {
    beforeEach((context) => {
      context.skip(choice !== 'built-in' && program === undefined, UNCOMPARED);
      vi.stubEnv('KEYDRILL_TOXIPROXY', choice);
      return () => void vi.unstubAllEnvs();
    });
    tests();
  });
}
