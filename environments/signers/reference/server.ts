import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';

import type { Config } from './config.ts';
import { Connections } from './connections.ts';
import { serve } from './exchange.ts';
import type { Log } from './log.ts';
import type { ReplayStore } from './replay-store.ts';

const TIMEOUTS = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
};
const BACKLOG = 511;

/** The signer on its TLS port. */
export class SignerServer {
  readonly #server: Server;
  readonly #connections = new Connections();
  readonly #store: ReplayStore;
  readonly #log: Log;
  #config: Config;

  constructor(config: Config, store: ReplayStore, log: Log) {
    this.#config = config;
    this.#store = store;
    this.#log = log;
    // Strangers are let in to be told so: the refusal is an answer, not a broken handshake.
    const welcome = { requestCert: true, rejectUnauthorized: false };
    this.#server = createServer({ ...welcome, ...tlsOptions(config), ...TIMEOUTS });
    this.#server.on('connection', (socket) => this.#connections.accepted(socket as Socket));
    this.#server.on('secureConnection', (peer) => this.#connections.secured(peer));
    this.#server.on('request', (request, response) => void this.#exchange(request, response));
  }

  /** Opens the port, or says why it cannot. */
  listen(onFailure: (reason: string) => void): void {
    const { host, port } = this.#config.listen;
    this.#server.once('error', (error: NodeJS.ErrnoException) => onFailure(error.code ?? error.name));
    this.#server.listen({ host, port, backlog: BACKLOG }, () => this.#log('listening', { host, port }));
  }

  /** Takes over clients, limits and TLS in one step, between two requests. Port and store stay as they were. */
  apply(next: Config): void {
    const before = this.#config.tls.trusted;
    const after = next.tls.trusted;
    const losesTrust = !before.isSubsetOf(after);
    const gainsTrust = !after.isSubsetOf(before);
    this.#server.setSecureContext(tlsOptions(next));
    this.#config = next;
    // Nobody comes again over a change of secrets. Whom the old bundle trusted, a larger one trusts too, so then only
    // those it turned away have a reason to; when trust is lost, everybody is judged by the new bundle.
    if (losesTrust) this.#connections.keepOnly(() => false);
    else if (gainsTrust) {
      this.#connections.keepOnly((peer) => peer === undefined || this.#connections.peerIsAuthenticated(peer));
    }
  }

  /** Stops accepting and resolves when the last request in hand has its answer. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.finishAll();
    await closed;
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#connections.began(request);
    response.once('close', () => this.#connections.ended(request));
    await serve(request, response, {
      config: () => this.#config,
      peerIsAuthenticated: this.#connections.peerIsAuthenticated(request.socket as TLSSocket),
      isLastOnConnection: () => this.#connections.isClosing(request.socket),
      store: this.#store,
      log: this.#log,
    });
  }
}

/** No ticket keys: each context makes its own, so that no session outlives the trust it was opened under. */
function tlsOptions({ tls }: Config): SecureContextOptions {
  return { cert: tls.certificate, key: tls.key, ca: tls.clientCa };
}
