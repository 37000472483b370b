import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { monotonicMs } from '../../clock.ts';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { headerNames } from '../../contract/signer-auth-v1/headers.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import type { EventOf, EventType, HistoryEvent } from '../../judge/events.ts';
import { History } from '../../judge/history.ts';
import type { View } from '../../judge/view.ts';
import { chanceFrom } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { Canaries } from '../canaries.ts';
import { clientsOf } from '../clients.ts';
import { makeDrillCredentials, serverCalled } from '../credentials.ts';
import type { Topology } from '../environment.ts';
import { Recorder } from '../recorder.ts';
import type { ServerName, StreamPlan } from './procedure.ts';
import { startStreams, type Streams } from './streams.ts';

const credentials = await makeDrillCredentials(['t/one', 't/two']);
export const offer = { method: 'POST', target: '/v1/sign', body: '{}' };

/** What a replica of the fixture saw of a request. */
export interface Seen {
  readonly nonce: string;
  readonly port: number;
  readonly resumed: boolean;
  readonly certificate: string | undefined;
}

export interface FakeReplica extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly server: Server;
  readonly seen: Seen[];
  /** How many connections have ended. */
  readonly ended: number;
  /** Settles when nobody is connected. */
  deserted(): Promise<void>;
}

/** A TLS server that answers as told and believes every certificate. */
export async function replica(
  name: string,
  answer: (request: IncomingMessage) => { status: number; body: string } | undefined = () => ({
    status: 200,
    body: '{}',
  }),
  shows: ServerName = 'old',
): Promise<FakeReplica> {
  const identity = serverCalled(shows, `t/${name}`, credentials);
  const tls = {
    key: identity.key.reveal(),
    cert: identity.chain,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const seen: Seen[] = [];
  const sockets = new Set<{ destroy(): unknown }>();
  let ended = 0;
  const server = createServer(tls, (request, response) => {
    const socket = request.socket as TLSSocket;
    seen.push({
      nonce: String(request.headers[headerNames.nonce.toLowerCase()]),
      port: socket.remotePort ?? 0,
      resumed: socket.isSessionReused(),
      certificate: socket.getPeerX509Certificate()?.subject,
    });
    const { status, body } = answer(request) ?? {};
    if (status !== undefined) request.resume().on('end', () => response.writeHead(status).end(body));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      ended += 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    name,
    server,
    seen,
    port: (server.address() as AddressInfo).port,
    get ended() {
      return ended;
    },
    async deserted() {
      while (sockets.size > 0) await new Promise(setImmediate);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Staged extends AsyncDisposable {
  readonly streams: Streams;
  readonly run: AbortController;
  readonly events: readonly HistoryEvent[];
  all<T extends EventType>(type: T): EventOf<T>[];
}

/** Streams over these replicas, with a history to look into. The balancer leads to the first. */
export function staged(
  replicas: readonly FakeReplica[],
  plans: readonly StreamPlan<SigningClient>[],
  how: { deadlineMs?: number } = {},
): Staged {
  const canaries = new Canaries();
  const need = { allowed: ['current', 'next'] };
  const clients = clientsOf({ id: 'course', clients: { one: need } }, canaries);
  const secrets = Object.values(clients.get('one')!.secrets).map((secret) => ({
    id: secret.id,
    value: secret.reveal(),
  }));
  const history = History.unwritten(monotonicMs);
  const events: HistoryEvent[] = [];
  history.listen((event) => events.push(event));
  const view = { contract: signerAuthV1 } as unknown as View;
  const topology = {
    name: 't',
    replicas: replicas.map(({ name, port }) => ({
      name,
      host: '127.0.0.1',
      port,
      state: { timestampMaxAgeMs: 60_000, nonceTtlSeconds: 120 },
    })),
    balancer: { host: '127.0.0.1', port: replicas[0]!.port },
  } as unknown as Topology;
  const run = new AbortController();
  const streams = startStreams({
    plans,
    passage: {
      topology,
      credentials,
      recorder: new Recorder({ history, view, offer, canaries }),
      occasion: { case: 'course', attempt: 1, topology: 't', secrets },
      deadlineMs: how.deadlineMs ?? 5000,
      signal: run.signal,
    },
    clients,
    contract: signerAuthV1,
    adapter: { offer } as unknown as Adapter,
    canaries,
    chance: chanceFrom(1),
  });
  return {
    streams,
    run,
    events,
    all: <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type),
    [Symbol.asyncDispose]: () => streams[Symbol.asyncDispose](),
  };
}
