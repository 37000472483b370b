import { between } from './between.ts';

export const storeReplyCut = between({
  name: 'store-reply-cut',
  sentence: 'The connection is reset in the middle of the reply to what a replica writes.',
  // Whoever writes what only he can know may read it again and be sure.
  store: 'unsure',
  losesReplies: true,
  mischief: { kind: 'reply-cut' },
  struck: ({ withheld }) => withheld.cut,
  strokes: 'replies cut short',
});
