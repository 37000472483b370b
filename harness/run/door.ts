import { ACCEPTED, type Verdict, type WireRequest } from '../contract/contract.ts';
import { openConnection, type Connection } from '../traffic/connection.ts';
import { sendRaw } from '../traffic/raw.ts';
import type { Unopened } from '../traffic/wire.ts';
import { identityCalled, serverShowing, type Credentials } from './credentials.ts';
import type { Address, Topology } from './environment.ts';
import type { KeptConnections } from './kept-connections.ts';
import type { Occasion, Recorder } from './recorder.ts';
import type { Door, Seen, Sending } from './scenario.ts';

/** What a door needs to send and to record. */
export interface Passage {
  readonly topology: Topology;
  readonly credentials: Credentials;
  readonly recorder: Recorder;
  readonly occasion: Occasion;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * A way to a signer. Requests travel on a kept connection where there is a place to keep it, else each on a fresh one
 * of its own; what is sent as bytes always does.
 */
export function doorTo(name: string, address: Address, passage: Passage, kept?: KeptConnections): Door {
  const send = (request: WireRequest, claim: readonly Verdict[] | null, how: Sending = {}): Promise<Seen> => {
    const errand = { name, address, passage, request, claim, how };
    return kept && request.raw === undefined ? sendOnKept(errand, kept) : sendOnFresh(errand);
  };
  return {
    name,
    receives: (request, how) => send(request, null, how),
    accepts: (request, how) => send(request, [ACCEPTED], how),
    answers: (request, claim, how) => send(request, claim, how),
    refuses: (request, as, how) => send(request, typeof as === 'string' ? [as] : as, how),
  };
}

interface Errand {
  readonly name: string;
  readonly address: Address;
  readonly passage: Passage;
  readonly request: WireRequest;
  readonly claim: readonly Verdict[] | null;
  readonly how: Sending;
}

async function sendOnFresh(errand: Errand): Promise<Seen> {
  const { name, address, passage, request, how } = errand;
  passage.recorder.prepare(request, passage.occasion);
  const opened = await open(name, address, passage, how);
  try {
    return await exchangeOn(opened, errand);
  } finally {
    if (opened.connection.kind === 'connection') await opened.connection.close();
  }
}

async function sendOnKept(errand: Errand, kept: KeptConnections): Promise<Seen> {
  const { name, address, passage, request, how } = errand;
  passage.recorder.prepare(request, passage.occasion);
  const purpose = `${name} ${how.identity ?? 'valid'}`;
  const opened = kept.take(purpose) ?? (await open(name, address, passage, how, 'kept'));
  const seen = await exchangeOn(opened, errand);
  const { connection, id } = opened;
  if (connection.kind === 'connection') await kept.giveBack(purpose, { connection, id }, seen);
  return seen;
}

async function exchangeOn(
  { connection, id }: { connection: Connection | Unopened; id: string },
  { passage, request, claim, how }: Errand,
): Promise<Seen> {
  const { recorder, occasion } = passage;
  const sent = recorder.sending(request, occasion, id, claim, how.about);
  const outcome = connection.kind === 'unopened' ? connection : await deliver(connection, request, passage);
  return recorder.ended(sent, occasion.topology, outcome);
}

/** Sends on an open connection, as bytes where the request is bytes. */
export function deliver(connection: Connection, request: WireRequest, { deadlineMs, signal }: Passage) {
  return request.raw === undefined
    ? connection.send(request, { deadlineMs, signal })
    : sendRaw(connection, request.raw, { deadlineMs, signal });
}

/** Opens a connection and records its birth. */
export async function open(
  name: string,
  address: Address,
  passage: Passage,
  how: Sending = {},
  kept: 'fresh' | 'kept' = 'fresh',
): Promise<{ connection: Connection | Unopened; id: string }> {
  const { topology, credentials, recorder, deadlineMs, signal } = passage;
  const identity = identityCalled(how.identity ?? 'valid', credentials);
  const since = recorder.history.at();
  const connection = await openConnection({
    host: address.host,
    port: address.port,
    serverTrust: credentials.serverTrust,
    ...(identity && { identity }),
    deadlineMs,
    signal,
  });
  const server =
    connection.kind === 'connection' ? serverShowing(connection.serverFingerprint, credentials) : undefined;
  const servedBy = topology.replicas.find(
    (replica) => `${topology.name}/${replica.name}` === server?.of,
  )?.name;
  const mode = connection.kind === 'connection' && connection.resumed ? 'resumed' : kept;
  // A replica addressed directly is known even where the handshake failed before it showed its certificate.
  const direct = topology.replicas.some((replica) => replica.name === name) ? name : undefined;
  const id = recorder.connection({
    topology: topology.name,
    target: name,
    identity,
    connection,
    servedBy: servedBy ?? direct,
    server,
    since,
    mode,
  });
  return { connection, id };
}
