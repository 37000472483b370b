import { expect, test } from 'vitest';
import { z } from 'zod';
import { adapterOf } from './adapter.fixture.ts';
import { offerOf } from './offer.ts';

const felt = z
  .string()
  .regex(/^0x[0-9a-f]+$/i)
  .max(66);
const text = z.string().min(1);

/** The request body as the contract's own page describes it. */
const requestBody = z.strictObject({
  accountAddress: felt,
  keyId: text,
  chainId: felt,
  nonce: felt,
  validUntil: z.int(),
  calls: z
    .array(z.strictObject({ contractAddress: felt, entrypoint: text, calldata: z.array(felt).max(256) }))
    .min(1)
    .max(10),
  context: z.strictObject({
    requester: text,
    tool: text,
    reason: text,
    actor: text,
    requestId: text,
    traceId: text,
    sessionId: text.optional(),
  }),
});

test('where the adapter names no body, one is offered that fits the contract', () => {
  const { method, target, body } = offerOf(adapterOf());
  expect([method, target]).toEqual(['POST', '/v1/sign/session-transaction']);
  expect(requestBody.safeParse(JSON.parse(body)).error).toBeUndefined();
});

test('the body offered is still valid for years', () => {
  const { validUntil } = requestBody.parse(JSON.parse(offerOf(adapterOf()).body));
  expect(validUntil).toBeGreaterThan(Date.UTC(2050, 0, 1) / 1000);
});

test('what the adapter offers is offered as it stands', () => {
  const offer = { method: 'PUT', target: '/sign?v=2', body: '{ "as": "written" }' };
  expect(offerOf(adapterOf({ offer }))).toEqual(offer);
  expect(offerOf(adapterOf({ offer: { body: '' } })).body).toBe('');
});
