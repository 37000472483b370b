import { between } from './between.ts';

export const storeBlackHoled = between({
  name: 'store-black-holed',
  sentence:
    'What replicas send to the store goes nowhere; their connections stay open, and new ones are taken.',
  store: 'away',
  mischief: { kind: 'black-holed' },
  struck: ({ swallowed }) => Math.sign(swallowed),
  strokes: 'connections on which what was sent went nowhere',
});
