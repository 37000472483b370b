import type { Socket } from 'node:net';

/** One end of a connection through a proxy. It is closed as a whole or not at all: half a close is not passed on. */
export interface Wire {
  readonly socket: Socket;
  /** Whether it ends in a reset, however it ends. */
  endsInReset: boolean;
}

/**
 * What sockets must be made with. Node reads ahead until so many bytes wait: with one it leaves what nobody asked for
 * to the kernel, which resets a connection that is closed before all of it was read.
 */
export const WIRE = { allowHalfOpen: true, noDelay: true, highWaterMark: 1 } as const;

export function wire(socket: Socket): Wire {
  // What goes wrong shows as the end of what is read, and as a write that fails.
  socket.on('error', () => undefined);
  return { socket, endsInReset: false };
}

export function close({ socket, endsInReset }: Wire): void {
  if (socket.destroyed) return;
  if (endsInReset) socket.resetAndDestroy();
  else socket.destroy();
}

/** False when it could not be sent, now or any more. */
export function send({ socket }: Wire, bytes: Buffer): Promise<boolean> {
  return new Promise((done) => void socket.write(bytes, (error) => done(!error)));
}
