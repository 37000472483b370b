import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { listenOn, LOOPBACK, reservePorts } from './ports.ts';
import { settles } from './settles.ts';
import { splice, SPLICED } from './splice.ts';

/** A client's socket, what it is spliced to, and the far end. */
async function spliced() {
  await using stack = new AsyncDisposableStack();
  const ports = stack.use(await reservePorts());
  const farPort = await ports.take();
  const far = createServer({ allowHalfOpen: true });
  await listenOn(far, LOOPBACK, farPort);
  stack.use(far);
  const middle = createServer(SPLICED);
  const port = await ports.take();
  await listenOn(middle, LOOPBACK, port);
  stack.use(middle);

  const near = connect({ host: LOOPBACK, port, allowHalfOpen: true }).on('error', () => undefined);
  stack.defer(() => void near.destroy());
  const [client] = (await once(middle, 'connection')) as [Socket];
  const joined = splice(client, { host: LOOPBACK, port: farPort });
  const [farSocket] = (await once(far, 'connection')) as [Socket];
  farSocket.on('error', () => undefined).resume();
  stack.defer(() => void farSocket.destroy());
  const open = stack.move();
  return { near, client, joined, farSocket, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

test('a reset in the instant in which an end is passed on closes both sides', async () => {
  await using pair = await spliced();
  const farClosed = once(pair.farSocket, 'close').catch(() => undefined);
  const passedOn = new Promise<void>((done) => {
    // Heard after the splice has heard it: the other side has been told to end, and has not yet done so.
    pair.client.once('end', () => {
      pair.joined.reset();
      done();
    });
  });
  pair.near.end();
  await passedOn;
  pair.farSocket.end();

  expect(await settles(pair.joined.closed, 2000)).toBe(true);
  expect(await settles(farClosed, 2000)).toBe(true);
});
