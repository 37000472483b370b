import { createServer } from 'node:net';
import type { Interposed } from '../../../harness/run/environment.ts';
import { listenOn, LOOPBACK } from '../ports.ts';
import { type Endpoint, SPLICED } from '../splice.ts';
import { Conversation, type DeedOnConnection, type Serving } from './conversation.ts';
import { vocabularyOf } from './vocabulary.ts';

/**
 * A man in the middle who understands what clients and their store say to each other, for faults that no cut of bytes
 * can make. With nothing served, either side sees what the other does, byte for byte.
 */
export interface StoreProxy extends Omit<Interposed, 'leave'>, AsyncDisposable {
  /** Where to connect instead of to the store. */
  readonly at: Endpoint;
  deeds(): readonly DeedOnConnection[];
}

/** What to open. The store is up and is asked for its commands, at another of its addresses where one is named. */
export interface StoreProxyPlan {
  readonly port: number;
  readonly upstream: Endpoint;
  readonly asks?: Endpoint;
}

export async function openStoreProxy({
  port,
  upstream,
  asks = upstream,
}: StoreProxyPlan): Promise<StoreProxy> {
  const vocabulary = await vocabularyOf(asks);
  let serving: Serving | undefined;
  const conversations = new Set<Conversation>();
  const server = createServer(SPLICED, (client) => {
    const conversation = new Conversation(client, upstream, vocabulary, () => serving);
    conversations.add(conversation);
    if (serving?.kind === 'black-holed') conversation.die();
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
        if (!conversation.deed().isOpen) conversations.delete(conversation);
        conversation.begin();
        if (mischief.kind === 'half-open' || mischief.kind === 'black-holed') conversation.die();
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
