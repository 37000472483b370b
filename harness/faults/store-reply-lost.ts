import { between } from './between.ts';

export const storeReplyLost = between({
  name: 'store-reply-lost',
  sentence: 'The store carries out what a replica writes, and its reply never comes.',
  store: 'away',
  losesReplies: true,
  mischief: { kind: 'reply-lost', connection: 'hangs' },
  struck: ({ withheld }) => withheld.lost,
  strokes: 'replies lost to what was carried out',
});
