import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

interface Connection {
  readonly socket: Socket;
  peer?: TLSSocket;
  readonly requests: Set<IncomingMessage>;
  isClosing: boolean;
}

/**
 * The open connections and how far each may be trusted. Node fixes its verdict on a certificate in the handshake; a
 * connection that outlives the trust it was opened under must not keep that verdict.
 */
export class Connections {
  readonly #open = new Map<string, Connection>();

  /** A connection counts from here, because its handshake uses the trust that is in force when it begins. */
  accepted(socket: Socket): void {
    const key = endpoint(socket);
    const connection = { socket, requests: new Set<IncomingMessage>(), isClosing: false };
    this.#open.set(key, connection);
    socket.once('close', () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
  }

  /** The handshake is done. */
  secured(peer: TLSSocket): void {
    const connection = this.#open.get(endpoint(peer));
    if (connection) connection.peer = peer;
  }

  /** Whether the peer has shown a certificate that is trusted now; asked when a request begins. */
  peerIsAuthenticated(peer: TLSSocket): boolean {
    const connection = this.#open.get(endpoint(peer));
    if (connection === undefined || connection.isClosing) return false;
    if (!peer.authorized) return false;
    // Older releases of Node call a resumed TLS 1.3 session authorized even where no certificate was ever shown.
    const certificate = peer.getPeerX509Certificate();
    if (certificate === undefined) return false;
    return certificate.validToDate.getTime() > Date.now();
  }

  /** A request has begun: its connection stays until it is over. */
  began(request: IncomingMessage): void {
    this.#open.get(endpoint(request.socket))?.requests.add(request);
  }

  /** A request is over; a connection that was only waiting for that goes. */
  ended(request: IncomingMessage): void {
    const connection = this.#open.get(endpoint(request.socket));
    if (connection === undefined) return;
    connection.requests.delete(request);
    if (connection.isClosing && connection.requests.size === 0) close(connection);
  }

  /** Whether the next request must come on another connection. */
  isClosing(peer: Socket): boolean {
    return this.#open.get(endpoint(peer))?.isClosing ?? true;
  }

  /**
   * Ends all connections but these; one whose handshake is under way has no peer yet. A request that has arrived whole
   * was judged and gets its answer; others are cut off.
   */
  keepOnly(isStillTrusted: (peer: TLSSocket | undefined) => boolean): void {
    for (const connection of this.#open.values()) {
      if (isStillTrusted(connection.peer)) continue;
      finish(connection, (request) => request.complete);
    }
  }

  /** Ends all connections, each after the requests in hand. */
  finishAll(): void {
    for (const connection of this.#open.values()) finish(connection, () => true);
  }
}

function finish(connection: Connection, mayFinish: (request: IncomingMessage) => boolean): void {
  connection.isClosing = true;
  const requests = [...connection.requests];
  if (requests.length === 0 || !requests.every(mayFinish)) close(connection);
}

function close(connection: Connection): void {
  (connection.peer ?? connection.socket).destroySoon();
}

/** The one thing that a TLS socket and the TCP socket beneath it both show. */
function endpoint(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
