import type { Adapter } from './adapter.ts';
import type { Offer } from '../contract/contract.ts';

/** A body that fits the contract and that a signer without a policy of its own admits. */
const plainBody = JSON.stringify({
  accountAddress: '0x04a1f1c5d2b3e6978899aabbccddeeff00112233445566778899aabbccddeeff',
  keyId: 'keydrill-session',
  chainId: '0x534e5f5345504f4c4941',
  nonce: '0x1',
  validUntil: 4_102_444_800,
  calls: [
    {
      contractAddress: '0x049d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7',
      entrypoint: 'transfer',
      calldata: ['0x1', '0x2', '0x0'],
    },
  ],
  context: {
    requester: 'keydrill',
    tool: 'gate',
    reason: 'conformance',
    actor: 'keydrill',
    requestId: 'keydrill-request',
    traceId: 'keydrill-trace',
  },
});

/** What the signer serves and admits, as its adapter says. */
export const offerOf = ({ offer }: Adapter): Offer => ({ ...offer, body: offer.body ?? plainBody });
