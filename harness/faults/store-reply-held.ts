import { between } from './between.ts';

export const storeReplyHeld = between({
  name: 'store-reply-held',
  sentence:
    'The store carries out what a replica writes, and its reply does not come until the fault is healed.',
  store: 'unsure',
  losesReplies: true,
  mischief: { kind: 'reply-held' },
  struck: ({ withheld }) => withheld.held,
  strokes: 'replies held back to what was carried out',
});
