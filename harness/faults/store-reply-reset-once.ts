import { between } from './between.ts';

export const storeReplyResetOnce = between({
  name: 'store-reply-reset-once',
  sentence:
    'The connection is reset before the reply to one thing that a replica writes; whoever asks again is served.',
  store: 'unsure',
  losesReplies: true,
  mischief: { kind: 'reply-lost', connection: 'reset', commands: 1 },
  struck: ({ withheld }) => withheld.lost,
  strokes: 'replies lost to what was carried out',
});
