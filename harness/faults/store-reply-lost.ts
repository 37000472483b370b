import { between } from './between.ts';

export const storeReplyLost = between({
  name: 'store-reply-lost',
  sentence: 'The store carries out what a replica writes, and its reply never comes.',
  // Whoever writes what only he can know may read it again and be sure.
  store: 'unsure',
  losesReplies: true,
  mischief: { kind: 'reply-lost', connection: 'hangs' },
  struck: ({ withheld }) => withheld.lost,
  strokes: 'replies lost to what was carried out',
});
