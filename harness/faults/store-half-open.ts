import { between } from './between.ts';

export const storeHalfOpen = between({
  name: 'store-half-open',
  sentence: 'The connections that replicas have with the store are dead without a sign; new ones are well.',
  // Whoever gives them up and connects anew is served.
  store: 'unsure',
  mischief: { kind: 'half-open' },
  struck: ({ swallowed }) => Math.sign(swallowed),
  strokes: 'connections on which what was sent went nowhere',
  never: (deeds) =>
    deeds.some(({ forwarded }) => forwarded > 0) && !deeds.some(({ isOlder }) => isOlder)
      ? 'asked by a new connection each time, and kept none'
      : undefined,
});
