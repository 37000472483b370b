import { connect } from 'node:net';
import type { Endpoint } from './splice.ts';

/**
 * Whether anybody listens there. Far cheaper than asking over TLS, and while a signer starts, what its watcher spends
 * it takes from the same processors.
 */
export const knock = ({ host, port }: Endpoint): Promise<boolean> =>
  new Promise((known) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      known(true);
      socket.destroy();
    });
    socket.on('error', () => known(false));
  });
