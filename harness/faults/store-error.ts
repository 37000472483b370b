import { between } from './between.ts';
import type { Fault } from './fault.ts';
import type { StoreErrorCode } from './mischief.ts';

const sentences: Readonly<Record<StoreErrorCode, string>> = {
  OOM: 'The store says that it is out of memory to whatever would write.',
  READONLY: 'The store says that it is a read-only copy to whatever would write.',
  LOADING: 'The store says that it is still loading its data.',
  NOAUTH: 'The store says that the replica has to authenticate first.',
  NOSCRIPT: 'The store says that it does not know a script.',
  MISCONF: 'The store says that it cannot write to disk to whatever would write.',
  CLUSTERDOWN: 'The store says that its cluster is down.',
};

/** One class of error at a time: a signer may treat each of them in its own way. */
export const storeError = (code: StoreErrorCode): Fault =>
  between({
    name: `store-error-${code.toLowerCase()}`,
    sentence: sentences[code],
    // Whoever is told that a script is not known can send it whole.
    store: code === 'NOSCRIPT' ? 'unsure' : 'away',
    mischief: { kind: 'error', code },
    struck: ({ refused }) => refused[code] ?? 0,
    strokes: `commands refused with ${code}`,
    ...(code === 'NOSCRIPT' && {
      never: (deeds) =>
        deeds.some(({ forwarded }) => forwarded > 0) &&
        deeds.every(({ scriptsByName }) => scriptsByName === 0)
          ? 'asks its store nothing by the name of a script'
          : undefined,
    }),
  });

export const storeErrors: readonly Fault[] = (Object.keys(sentences) as StoreErrorCode[]).map(storeError);
