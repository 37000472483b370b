import tls, { type TLSSocket } from 'node:tls';
import { monotonicMs } from '../clock.ts';
import type { Identity, TrustAnchor } from '../signer/desired-state.ts';
import { clientContext } from './client-context.ts';
import { fingerprint256 } from './fingerprint.ts';
import { type Limits, type StoppedBy, within } from './limits.ts';
import { alertIn, describe, isReset, isTlsError } from './socket-errors.ts';

/** Where to connect, who we are there, and whom we believe. */
export interface Destination extends Limits {
  readonly host: string;
  readonly port: number;
  /** The name to ask for and to verify, where it is not the host. */
  readonly servername?: string;
  readonly identity?: Identity;
  readonly serverTrust: readonly TrustAnchor[];
  /** A session to resume. Without one the handshake is always a full one. */
  readonly session?: Buffer;
  /** Told of every session that the server gives us: in TLS 1.3 several, each to be used once. */
  readonly onSession?: (session: Buffer) => void;
}

/** What a history says of a connection, fixed when its handshake finished. */
export interface Birth {
  readonly openedAtMs: number;
  readonly resumed: boolean;
  readonly tlsVersion: string;
  /**
   * SHA-256 of the server's leaf: it tells which replica is behind a balancer. Undefined on a resumed connection, which
   * shows no certificate and may end at any replica that has the ticket's key.
   */
  readonly serverFingerprint: string | undefined;
  readonly localPort: number;
}

/** An open TLS connection that we own, whatever speaks HTTP on it. */
export interface Wire {
  readonly kind: 'wire';
  readonly socket: TLSSocket;
  readonly birth: Birth;
  /** Settles when the socket is closed and everything that came has been read. */
  readonly ended: Promise<unknown>;
  /** The latest session that the server gave us. */
  session(): Buffer | undefined;
  /** Why the connection ended, as far as an error told. */
  failure(): Error | undefined;
  /** Whether the peer was gone when we wrote. */
  writeFailed(): boolean;
  close(): Promise<void>;
}

/** A connection that never came to be. */
export interface Unopened {
  readonly kind: 'unopened';
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /**
   * `refused` is an alert of the peer's, `untrusted` our own verdict on its certificate, `unreachable` a failure below
   * TLS, `malformed` a peer that does not speak it.
   */
  readonly how: 'refused' | 'untrusted' | 'unreachable' | 'reset' | 'closed' | 'timeout' | 'malformed';
  readonly alert?: string;
  readonly detail: string;
}

/** Opens a TLS connection. In TLS 1.3 the peer may still refuse our certificate after this has succeeded. */
export async function openWire(to: Destination): Promise<Wire | Unopened> {
  to.signal?.throwIfAborted();
  const startedAtMs = monotonicMs();
  const socket = connect(to);
  const writeFailed = readOnAfterFailedWrites(socket);
  let reached = false;
  let session: Buffer | undefined;
  let failure: Error | undefined;
  let stoppedBy: StoppedBy | undefined;
  socket.once('connect', () => (reached = true));
  socket.on('session', (latest) => {
    session = latest;
    to.onSession?.(latest);
  });
  socket.on('error', (error) => (failure ??= error));
  const ended = new Promise<undefined>((resolve) => socket.once('close', () => resolve(undefined)));
  const opened = new Promise<Birth>((resolve) =>
    socket.once('secureConnect', () => resolve(birthOf(socket))),
  );
  const stop = (by: StoppedBy): void => {
    stoppedBy ??= by;
    socket.destroy();
  };

  const birth = await within(to, stop, () => Promise.race([opened, ended]));
  if (birth) {
    return {
      kind: 'wire',
      socket,
      birth,
      ended,
      session: () => session,
      failure: () => failure,
      writeFailed,
      close: () => close(socket, ended),
    };
  }
  if (stoppedBy === 'signal') throw to.signal?.reason;
  const why =
    stoppedBy === 'deadline'
      ? {
          how: 'timeout' as const,
          detail: `no ${reached ? 'TLS' : 'TCP'} connection within ${to.deadlineMs} ms`,
        }
      : whyUnopened(socket, reached, failure);
  return { kind: 'unopened', startedAtMs, endedAtMs: monotonicMs(), ...why };
}

function connect(to: Destination): TLSSocket {
  const socket = tls.connect({
    host: to.host,
    port: to.port,
    ...(to.servername !== undefined && { servername: to.servername }),
    secureContext: clientContext(to.identity, to.serverTrust),
    ...(to.session && { session: to.session }),
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  });
  // A request in several writes would otherwise wait for an acknowledgement that the peer delays.
  return socket.setNoDelay(true);
}

/** Asked in the event itself: a peer that refuses us at once takes the answers away with the socket. */
function birthOf(socket: TLSSocket): Birth {
  const certificate = socket.getPeerX509Certificate();
  return {
    openedAtMs: monotonicMs(),
    resumed: socket.isSessionReused(),
    tlsVersion: socket.getProtocol() ?? 'unknown',
    serverFingerprint: certificate && fingerprint256(certificate),
    localPort: socket.localPort ?? 0,
  };
}

function whyUnopened(
  socket: TLSSocket,
  reached: boolean,
  failure: Error | undefined,
): Pick<Unopened, 'how' | 'alert' | 'detail'> {
  const alert = alertIn(failure);
  const detail = alert === undefined ? describe(failure) : `TLS alert ${alert}`;
  if (alert !== undefined) return { how: 'refused', alert, detail };
  if (!reached) return { how: 'unreachable', detail };
  if (socket.authorizationError)
    return { how: 'untrusted', detail: `the client does not trust the certificate it was shown: ${detail}` };
  if (isTlsError(failure)) return { how: 'malformed', detail };
  return { how: isReset(failure) ? 'reset' : 'closed', detail };
}

/**
 * A peer that refuses us, or answers early, closes while we still write. Our write then fails before what the peer said
 * has been read, and Node would throw that away with the socket. So a failed write counts as done and later ones are
 * dropped: the reading side goes on, and tells at once how the connection really ended.
 */
function readOnAfterFailedWrites(socket: TLSSocket): () => boolean {
  /* oxlint-disable no-underscore-dangle -- these are Node's names for what a stream is made of */
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  let failed = false;
  const forgiving =
    (done: (error?: Error | null) => void) =>
    (error?: Error | null): void => {
      failed ||= isReset(error);
      done(isReset(error) ? null : error);
    };
  socket._write = (chunk, encoding, done) => (failed ? done() : write(chunk, encoding, forgiving(done)));
  if (writev) socket._writev = (chunks, done) => (failed ? done() : writev(chunks, forgiving(done)));
  /* oxlint-enable no-underscore-dangle */
  return () => failed;
}

/** Says goodbye, without waiting for a peer that does not read. */
async function close(socket: TLSSocket, ended: Promise<unknown>): Promise<void> {
  await within(
    { deadlineMs: CLOSING_MS },
    () => socket.destroy(),
    () => {
      socket.destroySoon();
      return ended;
    },
  );
}

const CLOSING_MS = 250;
