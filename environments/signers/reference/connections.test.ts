import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { expect, test, vi } from 'vitest';

import { Connections } from './connections.ts';

test('a connection that lost its trust gives none to the next request while it finishes the one in hand', () => {
  const { connections, peer, closesPeer } = opened();
  const request = { socket: peer, complete: true } as unknown as IncomingMessage;
  expect(connections.peerIsAuthenticated(peer)).toBe(true);
  connections.began(request);

  connections.keepOnly(() => false);
  expect(connections.peerIsAuthenticated(peer)).toBe(false);
  expect(connections.isClosing(peer)).toBe(true);
  expect(closesPeer).not.toHaveBeenCalled();

  connections.ended(request);
  expect(closesPeer).toHaveBeenCalledOnce();
});

test('a handshake under way has no peer yet, and it is for whoever asks to keep it', () => {
  const { connections, closesRaw } = opened({ handshakeDone: false });

  connections.keepOnly((peer) => peer === undefined);
  expect(closesRaw).not.toHaveBeenCalled();
  connections.keepOnly((peer) => peer !== undefined);
  expect(closesRaw).toHaveBeenCalledOnce();
});

test.each([
  ['that was not verified', { authorized: false }],
  ['that showed none, resumed session or not', { getPeerX509Certificate: () => undefined }],
  ['that has expired', { getPeerX509Certificate: () => ({ validToDate: new Date(Date.now() - 1) }) }],
])('a peer with a certificate %s is not authenticated', (_, shown) => {
  const { connections, peer } = opened(shown);
  expect(connections.peerIsAuthenticated(peer)).toBe(false);
});

test('a connection nobody accepted is not authenticated and takes no further request', () => {
  const { peer } = opened();
  const connections = new Connections();

  expect(connections.peerIsAuthenticated(peer)).toBe(false);
  expect(connections.isClosing(peer)).toBe(true);
});

function opened({ handshakeDone = true, ...shown }: { handshakeDone?: boolean } & object = {}) {
  const address = { remoteAddress: '127.0.0.1', remotePort: 40_000 };
  const [closesRaw, closesPeer] = [vi.fn(), vi.fn()];
  const raw = Object.assign(new EventEmitter(), address, { destroySoon: closesRaw }) as unknown as Socket;
  const peer = {
    ...address,
    authorized: true,
    getPeerX509Certificate: () => ({ validToDate: new Date(Date.now() + 60_000) }),
    destroySoon: closesPeer,
    ...shown,
  } as unknown as TLSSocket;

  const connections = new Connections();
  connections.accepted(raw);
  if (handshakeDone) connections.secured(peer);
  return { connections, peer, closesRaw, closesPeer };
}
