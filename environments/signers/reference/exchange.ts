import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Answer, refuse, Refusal, send } from './answers.ts';
import { authenticate, type Grounds, registeredClient } from './authenticate.ts';
import type { Log } from './log.ts';
import { signSession } from './session-signature.ts';
import { parseSignRequest } from './sign-request.ts';

/** What serving a request needs beside the request. */
interface Surroundings extends Grounds {
  readonly isLastOnConnection: () => boolean;
  readonly log: Log;
}

/** Serves one request from its headers to its answer. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  surroundings: Surroundings,
): Promise<void> {
  const answer =
    (await answerToProbe(request, surroundings)) ?? (await answerToClient(request, surroundings));
  if (answer.status === 413 || surroundings.isLastOnConnection()) response.setHeader('connection', 'close');
  await send(request, response, answer);
}

/** Probes say nothing about clients, so that they need no authentication. */
async function answerToProbe(request: IncomingMessage, { store }: Grounds): Promise<Answer | undefined> {
  if (request.method !== 'GET') return undefined;
  if (request.url === '/health') return { status: 200, body: { status: 'ok' } };
  if (request.url !== '/ready') return undefined;
  const isReady = await store.isReachable();
  return isReady
    ? { status: 200, body: { status: 'ready' } }
    : { status: 503, body: { status: 'unavailable' } };
}

async function answerToClient(request: IncomingMessage, surroundings: Surroundings): Promise<Answer> {
  const { config, log } = surroundings;
  const started = performance.now();
  const requestId = randomUUID();
  const clientId = registeredClient(request, config())?.id;
  const decided = (verdict: string, answer: Answer): Answer => {
    const durationMs = Math.round(performance.now() - started);
    log('decided', { requestId, clientId, verdict, status: answer.status, durationMs });
    return answer;
  };

  try {
    const body = await authenticate(request, surroundings);
    return decided('ACCEPTED', { status: 200, body: handle(request, body) });
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL_ERROR');
    // A client that left in the middle of its body made the reading fail, and gets no answer.
    const verdict = request.errored === null ? refusal.errorCode : 'ABANDONED';
    return decided(verdict, refuse(refusal, requestId));
  }
}

function handle(request: IncomingMessage, body: Buffer): unknown {
  if (!request.url?.startsWith('/v1/sign/')) throw new Refusal('NOT_FOUND');
  if (request.method !== 'POST') throw new Refusal('METHOD_NOT_ALLOWED');
  return signSession(parseSignRequest(body));
}
