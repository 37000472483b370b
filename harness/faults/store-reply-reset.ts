import { between } from './between.ts';

export const storeReplyReset = between({
  name: 'store-reply-reset',
  sentence: 'The store carries out what a replica writes, and the connection is reset instead of its reply.',
  // Whoever writes what only he can know may read it again and be sure.
  store: 'unsure',
  losesReplies: true,
  mischief: { kind: 'reply-lost', connection: 'reset' },
  struck: ({ withheld }) => withheld.lost,
  strokes: 'replies lost to what was carried out',
});
