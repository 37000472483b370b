import { pause } from '../harness/clock.ts';
import { ACCEPTED, type Verdict, type WireRequest } from '../harness/contract/contract.ts';
import type { SignerAuthVerdict } from '../harness/contract/signer-auth-v1/verdicts.ts';
import type { Door, Sending } from '../harness/run/scenario.ts';

/** What a good request may be told while the replay store cannot be asked. */
export const failsClosed: readonly SignerAuthVerdict[] = ['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR'];

/** What a replay may: a replica may remember of itself what is spent. */
export const failsClosedOnReplay: readonly SignerAuthVerdict[] = [...failsClosed, 'REPLAY_NONCE_USED'];

const passesOrFailsClosed: readonly Verdict[] = [ACCEPTED, ...failsClosed];

/** Sends good requests until one passes or the bound is over: a signer may take that long to find its way back. */
export async function recovered(
  door: Door,
  request: () => WireRequest,
  now: () => number,
  withinMs: number,
  how?: Sending,
): Promise<void> {
  const deadline = now() + withinMs;
  // Where it decides something, each of them does: what is fresh is never called used, however long the way back.
  const ask = () => (how ? door.answers(request(), passesOrFailsClosed, how) : door.receives(request()));
  while (!(await ask()).accepted && now() < deadline) await pause(10);
}
