import type { TLSSocket } from 'node:tls';
import { errors } from 'undici';
import { monotonicMs } from '../clock.ts';
import type { Answer, Lost, Response } from './answer.ts';
import { type Limits, type StoppedBy, within } from './limits.ts';
import { alertIn, codeOf, describe, isReset, isTlsError } from './socket-errors.ts';
import type { Wire } from './wire.ts';

/** Speaks HTTP once on a socket. Calls `writing` right before the first byte; rejects when no whole response came. */
export type Talk = (socket: TLSSocket, writing: () => void) => Promise<Response>;

/** The request itself is at fault: this is not evidence about the peer. */
export class UnsendableRequest extends Error {
  override name = 'UnsendableRequest';
}

/** What came is not an answer, though a parser may have had no objection. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Sends one request within its limits and says what came of it. After anything but an answer the wire is closed. */
export async function exchange(wire: Wire, limits: Limits, talk: Talk): Promise<Answer | Lost> {
  const { socket } = wire;
  const readBefore = socket.bytesRead;
  let sentAtMs = monotonicMs();
  let written = false;
  let stoppedBy: StoppedBy | undefined;
  const writing = (): void => {
    sentAtMs = monotonicMs();
    written = true;
  };
  const stop = (by: StoppedBy): void => {
    stoppedBy ??= by;
    socket.destroy();
  };
  try {
    const response = await within(limits, stop, () => talk(socket, writing));
    return { kind: 'answer', sentAtMs, answeredAtMs: monotonicMs(), ...response };
  } catch (error) {
    if (error instanceof UnsendableRequest) throw error;
    socket.destroy();
    await wire.ended;
    if (limits.signal?.aborted && stoppedBy !== 'deadline') throw limits.signal.reason;
    const bytesReceived = socket.bytesRead > readBefore;
    const why =
      stoppedBy === 'deadline'
        ? { how: 'timeout' as const, detail: `no whole answer within ${limits.deadlineMs} ms` }
        : whyLost(wire, error);
    return { kind: 'lost', sentAtMs, endedAtMs: monotonicMs(), written, bytesReceived, ...why };
  }
}

function whyLost(wire: Wire, error: unknown): Pick<Lost, 'how' | 'alert' | 'detail'> {
  // What the socket said comes first: an HTTP parser only sees its consequences.
  const cause = wire.failure() ?? error;
  const alert = alertIn(cause);
  if (alert !== undefined) return { how: 'alert', alert, detail: `TLS alert ${alert}` };
  const detail = describe(cause);
  if (isReset(cause)) return { how: 'reset', detail };
  if (codeOf(cause) === 'ETIMEDOUT') return { how: 'timeout', detail };
  if (isTlsError(cause) || isNoHttp(cause)) return { how: 'malformed', detail };
  return { how: wire.writeFailed() ? 'reset' : 'closed', detail };
}

/** Whether a parser refused what it read. A response that merely stops short is a closed connection. */
function isNoHttp(error: unknown): boolean {
  const code = codeOf(error);
  // Undici gives its parser's errors no code, and a SocketError both to a bad response and to a closed connection.
  if (error instanceof errors.HTTPParserError) return error.message !== STOPPED_SHORT;
  if (error instanceof errors.SocketError) return error.message.startsWith('bad ');
  if (error instanceof errors.HeadersOverflowError || error instanceof NoAnswer) return true;
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
}

const STOPPED_SHORT = 'Response does not match the HTTP/1.1 protocol (Invalid EOF state)';
