import { between } from './between.ts';

export const storeReplyReset = between({
  name: 'store-reply-reset',
  sentence: 'The store carries out what a replica writes, and the connection is reset instead of its reply.',
  store: 'away',
  losesReplies: true,
  mischief: { kind: 'reply-lost', connection: 'reset' },
  struck: ({ withheld }) => withheld.lost,
  strokes: 'replies lost to what was carried out',
});
