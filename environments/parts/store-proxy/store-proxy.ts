import { createServer } from 'node:net';
import { listenOn, LOOPBACK } from '../ports.ts';
import { type Endpoint, SPLICED } from '../splice.ts';
import { Conversation } from './conversation.ts';
import type { Deed, Mischief, Serving } from './mischief.ts';
import { vocabularyOf } from './vocabulary.ts';

/**
 * A man in the middle who understands what clients and their store say to each other, for faults that no cut of bytes
 * can make. With nothing served, either side sees what the other does, byte for byte.
 */
export interface StoreProxy extends AsyncDisposable {
  /** Where to connect instead of to the store. */
  readonly at: Endpoint;
  /** From now on, for commands that come from now on; what was served before is healed, and deeds are counted anew. */
  serve(mischief: Mischief): void;
  /** Touches nothing more: held replies arrive, and connections on which a reply was lost without a sign are reset. */
  heal(): void;
  /** What was done since something was last served, by connection. */
  deeds(): readonly Deed[];
}

/** Opens a proxy before a store that is up, and is asked for its commands. */
export async function openStoreProxy(plan: { port: number; upstream: Endpoint }): Promise<StoreProxy> {
  const { port, upstream } = plan;
  const vocabulary = await vocabularyOf(upstream);
  let serving: Serving | undefined;
  const conversations = new Set<Conversation>();
  const server = createServer(SPLICED, (client) => {
    conversations.add(new Conversation(client, upstream, vocabulary, () => serving));
  });
  await listenOn(server, LOOPBACK, port);

  const heal = (): void => {
    serving = undefined;
    for (const conversation of conversations) conversation.heal();
  };
  return {
    at: { host: LOOPBACK, port },
    serve(mischief) {
      heal();
      for (const conversation of conversations) {
        if (conversation.deed().isOpen) conversation.begin();
        else conversations.delete(conversation);
      }
      serving = { ...mischief, left: ('commands' in mischief ? mischief.commands : undefined) ?? Infinity };
    },
    heal,
    deeds: () => [...conversations].map((conversation) => conversation.deed()),
    async [Symbol.asyncDispose]() {
      const closed = server[Symbol.asyncDispose]();
      for (const conversation of conversations) conversation.reset();
      await Promise.all([closed, ...[...conversations].map((conversation) => conversation.closed)]);
    },
  };
}
