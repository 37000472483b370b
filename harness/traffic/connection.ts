import { Readable } from 'node:stream';
import { Client, type Dispatcher, errors } from 'undici';
import { type Answer, type Header, headerPairs, LONGEST_BODY, type Lost, type Response } from './answer.ts';
import { exchange, type Talk, UnsendableRequest } from './exchange.ts';
import type { Limits } from './limits.ts';
import { type Birth, type Destination, openWire, type Unopened, type Wire } from './wire.ts';

export interface Request {
  readonly method: string;
  readonly target: string;
  /** In this order and with these repetitions. `Host` is added where it is missing. */
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  /** Sends the body in several chunks instead of announcing its length. */
  readonly chunked?: boolean;
  /** The second half of the body is not written before this has settled. */
  readonly halfUntil?: Promise<unknown>;
}

/** One open connection, with what a history must say of its birth. It carries one request at a time. */
export interface Connection extends Birth, AsyncDisposable {
  readonly kind: 'connection';
  readonly closed: boolean;
  /** The latest session that the server gave us, for another connection to resume. */
  session(): Buffer | undefined;
  send(request: Request, limits: Limits): Promise<Answer | Lost>;
  /** Hands the bare socket over for one exchange, after which the connection is closed. */
  surrender(talk: Talk, limits: Limits): Promise<Answer | Lost>;
  close(): Promise<void>;
}

/** Opens one TLS connection. It is never opened again behind the caller's back. */
export async function openConnection(to: Destination): Promise<Connection | Unopened> {
  const wire = await openWire(to);
  if (wire.kind === 'unopened') return wire;

  const host = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
  let client: Client | undefined;
  let busy = false;
  const oneAtATime = async (talk: Talk, limits: Limits): Promise<Answer | Lost> => {
    if (busy) throw new Error('Cannot send: the connection carries another request');
    busy = true;
    try {
      return await exchange(wire, limits, talk);
    } finally {
      busy = false;
    }
  };
  return {
    kind: 'connection',
    ...wire.birth,
    get closed() {
      return !wire.socket.readable || !wire.socket.writable;
    },
    session: () => wire.session(),
    send: (request, limits) =>
      oneAtATime(
        (_socket, writing) => ask((client ??= clientOn(wire, host)), request, host, writing),
        limits,
      ),
    async surrender(talk, limits) {
      if (client) throw new Error('Cannot hand the socket over: the connection has carried a request before');
      try {
        return await oneAtATime(talk, limits);
      } finally {
        await wire.close();
      }
    },
    close: () => wire.close(),
    [Symbol.asyncDispose]: () => wire.close(),
  };
}

/** An HTTP client for this one socket: it neither opens a connection nor gives up an idle one by itself. */
function clientOn(wire: Wire, host: string): Client {
  let handedOver = false;
  // Under an https URL the client would drop the connection when the Host header changes. TLS is none of its business.
  return new Client(`http://${host}`, {
    connect(_options, callback) {
      const gone = handedOver || wire.socket.destroyed;
      handedOver = true;
      // The client has not finished asking before this function returns.
      queueMicrotask(() =>
        gone ? callback(new Error('connection is gone'), null) : callback(null, wire.socket),
      );
    },
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: DAY,
    keepAliveMaxTimeout: DAY,
    // Subtracted from the time that the server announces: the server's side is to end an idle connection, not ours.
    keepAliveTimeoutThreshold: -DAY,
  });
}

async function ask(client: Client, request: Request, host: string, writing: () => void): Promise<Response> {
  const { method, target: path, body, chunked, halfUntil } = request;
  const headers = request.headers.some(isHost) ? [] : ['host', host];
  for (const [name, value] of request.headers) headers.push(name, value);
  if (chunked && (body.length === 0 || announcesLength(request))) {
    // The client would quietly send a length instead.
    throw new UnsendableRequest(
      'Cannot send an empty body, or one of announced length, in chunks: send its bytes',
    );
  }
  if (halfUntil) headers.push('content-length', String(body.length));
  const options: Dispatcher.DispatchOptions = {
    method,
    path,
    headers,
    body: halfUntil
      ? Readable.from(inHalves(body, halfUntil))
      : chunked
        ? Readable.from(inChunks(body))
        : body,
    reset: false,
  };
  return new Promise((resolve, reject) => client.dispatch(options, reader(writing, resolve, reject)));
}

// The length first: this is asked for every header of every request.
const isHost = ([name]: Header): boolean => name.length === 4 && name.toLowerCase() === 'host';

const announcesLength = ({ headers }: Request): boolean =>
  headers.some(([name]) => name.toLowerCase() === 'content-length');

function reader(
  writing: () => void,
  resolve: (response: Response) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let status = 0;
  let headers: Header[] = [];
  let body = Buffer.alloc(0);
  return {
    onRequestStart: writing,
    onResponseStart(controller, code) {
      status = code;
      headers = headerPairs(controller.rawHeaders);
    },
    onResponseData(controller, chunk) {
      body = Buffer.concat([body, chunk]);
      if (body.length <= LONGEST_BODY) return;
      resolve({ status, headers, body: body.subarray(0, LONGEST_BODY), truncated: true });
      controller.abort(new Error('The answer is longer than we keep'));
    },
    onResponseEnd: () => resolve({ status, headers, body, truncated: false }),
    onResponseError(_controller, error) {
      const unsendable = UNSENDABLE.some((kind) => error instanceof kind);
      reject(
        unsendable
          ? new UnsendableRequest(`Cannot send this as HTTP, send its bytes: ${error.message}`)
          : error,
      );
    },
  };
}

async function* inHalves(body: Uint8Array, halfUntil: Promise<unknown>): AsyncGenerator<Uint8Array> {
  const half = Math.floor(body.length / 2);
  yield body.subarray(0, half);
  await halfUntil;
  yield body.subarray(half);
}

function inChunks(body: Uint8Array): Uint8Array[] {
  const size = Math.max(1, Math.ceil(body.length / CHUNKS));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
    body.subarray(index * size, (index + 1) * size),
  );
}

/** What the client says of a request that it declines to write. */
const UNSENDABLE = [
  errors.InvalidArgumentError,
  errors.NotSupportedError,
  errors.RequestContentLengthMismatchError,
];
const CHUNKS = 4;
const DAY = 24 * 3_600_000;
