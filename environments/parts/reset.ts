import type { Socket } from 'node:net';

/** Resets a connection. */
export function reset(socket: Socket): void {
  // Before it is connected there is nobody to tell, and Node would wait for the connection in order to reset it.
  if (socket.connecting) socket.destroy();
  // Node cannot reset a socket that is about to say its end, and forgets it instead: never closed, it keeps the process
  // from ending for ever.
  else if (saysItsEnd(socket)) socket.once('finish', () => reset(socket));
  else if (!socket.destroyed) socket.resetAndDestroy();
}

/** Everything was handed to the kernel but the end, which follows in the next turn of the loop. */
const saysItsEnd = (socket: Socket): boolean =>
  !socket.destroyed && socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
