import type { Stamp, WireRequest } from '../contract.ts';
import type { Facts } from './facts.ts';
import { headerOf } from './request.ts';

/** Two requests of a stream are dated apart and carry nonces of their own; their signatures follow from that. */
export const stampOf = (request: WireRequest): Stamp => [
  headerOf(request, 'timestamp'),
  headerOf(request, 'nonce'),
];

export function restamped(facts: Facts, [timestamp = '', nonce = '']: Stamp): Facts {
  const nonceBytes = Buffer.byteLength(nonce);
  return {
    ...facts,
    readings: facts.readings.map((reading) => ({ ...reading, timestamp, nonce, nonceBytes })),
  };
}
