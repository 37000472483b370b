import { between } from './between.ts';

export const storeReplyCut = between({
  name: 'store-reply-cut',
  sentence: 'The connection is reset in the middle of the reply to what a replica writes.',
  store: 'away',
  losesReplies: true,
  mischief: { kind: 'reply-cut' },
  struck: ({ withheld }) => withheld.cut,
  strokes: 'replies cut short',
});
