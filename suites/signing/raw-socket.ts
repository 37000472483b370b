import { tampered } from '../../harness/contract/signer-auth-v1/request.ts';
import { oneClient, signerCase } from '../case.ts';
import { asBytes, inChunks } from './raw-bytes.ts';

const tags = ['canonical', 'raw'];

const writtenByHand = signerCase({
  id: 'request-written-by-hand-is-like-any-other',
  clause: 'canonical/agreed',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const plain = client('one').signs();
      await replica.answers(tampered(plain, 'as signed, by hand', { raw: asBytes(plain) }), ['accepted']);
      const slow = client('one').signs();
      const framing = [['transfer-encoding', 'chunked']] as const;
      const raw = asBytes(slow, { framing, body: inChunks(slow.body, 1) });
      await replica.answers(tampered(slow, 'as signed, one byte a chunk', { raw, chunked: true }), [
        'accepted',
      ]);
    }
  },
});

/** Whoever goes by the length verifies no body, and whoever goes by the chunks then signs one. */
const lengthAndChunks = signerCase({
  id: 'length-beside-chunks-hides-no-body',
  clause: 'canonical/body-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const { body } = client('one').signs();
      const signed = client('one').signs({ body: '' });
      const framing = [
        ['content-length', '0'],
        ['transfer-encoding', 'chunked'],
      ] as const;
      const raw = asBytes(signed, { framing, body: inChunks(body, body.length) });
      const request = tampered(signed, 'signed for no body, length 0 beside a body in chunks', { body, raw });
      await replica.refuses(request, ['AUTH_INVALID_HMAC', 'MALFORMED_REQUEST']);
    }
  },
});

export const rawSocket = [writtenByHand, lengthAndChunks];
