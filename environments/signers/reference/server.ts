import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecureContextOptions, TLSSocket } from 'node:tls';

import type { Config } from './config.ts';
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
/** How long a stop waits for what is on its way to it, where anybody is connected. */
const LINGER_MS = 100;
const LOOK_EVERY_MS = 5;

/** The signer on its TLS port. */
export class SignerServer {
  readonly #server: Server;
  readonly #store: ReplayStore;
  readonly #log: Log;
  #config: Config;
  #connections = 0;
  #requestsInHand = 0;
  #isStopping = false;

  constructor(config: Config, store: ReplayStore, log: Log) {
    this.#config = config;
    this.#store = store;
    this.#log = log;
    // Strangers are let in to be told so: the refusal is an answer, not a broken handshake.
    const welcome = { requestCert: true, rejectUnauthorized: false };
    this.#server = createServer({ ...welcome, ...tlsOptions(config), ...TIMEOUTS });
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      socket.once('close', () => (this.#connections -= 1));
    });
    this.#server.on('request', (request, response) => void this.#exchange(request, response));
  }

  /** Opens the port, or says why it cannot. */
  listen(onFailure: (reason: string) => void): void {
    const { host, port } = this.#config.listen;
    this.#server.once('error', (error: NodeJS.ErrnoException) => onFailure(error.code ?? error.name));
    this.#server.listen({ host, port, backlog: BACKLOG }, () => this.#log('listening', { host, port }));
  }

  /**
   * Takes over clients, limits and TLS in one step, between two requests. Port and store stay as they were. No
   * connection has to go: each request is judged by what is in force when it comes.
   */
  apply(next: Config): void {
    this.#server.setSecureContext(tlsOptions(next));
    this.#config = next;
  }

  /** Resolves when the last request in hand has its answer; each answer from here on ends its connection. */
  async close(): Promise<void> {
    this.#isStopping = true;
    const patience = performance.now() + LINGER_MS;
    while (this.#connections > 0 && performance.now() < patience) await pause(LOOK_EVERY_MS);
    this.#server.close();
    while (this.#requestsInHand > 0) await pause(LOOK_EVERY_MS);
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requestsInHand += 1;
    response.once('close', () => (this.#requestsInHand -= 1));
    const peer = request.socket as TLSSocket;
    await serve(request, response, {
      config: () => this.#config,
      peerIsAuthenticated: () => this.#config.tls.clientTrust.authenticates(peer),
      isLastOnConnection: () => this.#isStopping,
      store: this.#store,
      log: this.#log,
    });
  }
}

/** No ticket keys: each context makes its own, so that no session outlives the trust it was opened under. */
function tlsOptions({ tls }: Config): SecureContextOptions {
  return { cert: tls.certificate, key: tls.key, ca: tls.clientCa };
}
