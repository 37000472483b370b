import type { ReplayStore } from '../run/environment.ts';

/** One figure of the store's own accounts. */
export async function figure(store: ReplayStore, section: string, name: string): Promise<string | undefined> {
  const text = String(await store.asks('INFO', section));
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1];
}

/** What the store says to us when we write to it: nothing bad, or the words of its refusal. */
export const refusalOfWrites = (store: ReplayStore): Promise<string | undefined> =>
  store.asks('SET', PROBE, 'written to see whether it can be', 'PX', '1').then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

/** Never a replica's, and gone at once. */
const PROBE = 'keydrill:probe';
