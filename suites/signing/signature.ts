import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes as bytes } from '@noble/hashes/utils.js';
import { canonicalString } from '../../harness/contract/signer-auth-v1/canonical.ts';
import { type Draft, headerOf, withHeader } from '../../harness/contract/signer-auth-v1/request.ts';
import { oneClient, signerCase } from '../case.ts';

const tags = ['signature'];

const prefixesRefused = signerCase({
  id: 'prefixes-of-a-signature-refused',
  clause: 'signature/verified',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      for (const length of [2, 8, 16, 32, 62, 63]) {
        const request = client('one').signs();
        const cut = withHeader(
          request,
          'signature',
          [headerOf(request, 'signature').slice(0, length)],
          `first ${length} digits of its signature`,
        );
        await replica.refuses(
          cut,
          length % 2 === 0 ? 'AUTH_INVALID_HMAC' : ['AUTH_INVALID_HMAC', 'AUTH_INVALID_SIGNATURE_FORMAT'],
        );
      }
    }
  },
});

const extensionsRefused = signerCase({
  id: 'extensions-of-a-signature-refused',
  clause: 'signature/verified',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      for (const more of ['00', 'zz', '0', ' 00']) {
        const request = client('one').signs();
        const longer = withHeader(
          request,
          'signature',
          [`${headerOf(request, 'signature')}${more}`],
          `"${more}" after its signature`,
        );
        await replica.refuses(longer, ['AUTH_INVALID_HMAC', 'AUTH_INVALID_SIGNATURE_FORMAT']);
      }
    }
  },
});

type Making = (secret: string, text: string) => Uint8Array;

/** Digests that take the secret to make and are not the HMAC all the same. */
const otherMakings: Readonly<Record<string, Making>> = {
  'a hash of secret and text': (secret, text) => sha256(bytes(`${secret}${text}`)),
  'a hash of secret, full stop and text': (secret, text) => sha256(bytes(`${secret}.${text}`)),
  'a hash of text and secret': (secret, text) => sha256(bytes(`${text}${secret}`)),
  'an HMAC with key and text exchanged': (secret, text) => hmac(sha256, bytes(text), bytes(secret)),
  'an HMAC with the bytes that the secret spells': (secret, text) =>
    hmac(sha256, hexToBytes(secret), bytes(text)),
  'an HMAC by MD5': (secret, text) => hmac(md5, bytes(secret), bytes(text)),
  'an HMAC by SHA-1': (secret, text) => hmac(sha1, bytes(secret), bytes(text)),
  'an HMAC by SHA-512': (secret, text) => hmac(sha512, bytes(secret), bytes(text)),
  'an HMAC by SHA-512/256': (secret, text) => hmac(sha512_256, bytes(secret), bytes(text)),
};

const madeAs =
  (make: Making) =>
  (draft: Draft, secret: string): string =>
    bytesToHex(make(secret, canonicalString(draft)));

const otherMakingsRefused = signerCase({
  id: 'digests-that-are-not-the-hmac-refused',
  clause: 'signature/verified',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      for (const [label, make] of Object.entries(otherMakings)) {
        await replica.refuses(client('one').signs({ signature: madeAs(make), label }), 'AUTH_INVALID_HMAC');
      }
    }
  },
});

/** No header may choose how a signature is checked, or whether. */
const algorithmNotChosenByClient = signerCase({
  id: 'signature-check-not-chosen-by-a-header',
  clause: 'signature/verified',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const offers = {
      none: () => 'ab'.repeat(32),
      md5: madeAs((secret, text) => hmac(md5, bytes(secret), bytes(text))),
      'hmac-sha1': madeAs((secret, text) => hmac(sha1, bytes(secret), bytes(text))),
      sha512: madeAs((secret, text) => hmac(sha512, bytes(secret), bytes(text))),
    };
    for (const replica of replicas) {
      for (const [algorithm, make] of Object.entries(offers)) {
        const request = client('one').signs({ signature: make, label: `asking for ${algorithm}` });
        const asking = ['X-Keyring-Algorithm', 'X-HMAC-Algorithm', 'X-Signature-Algorithm'].map(
          (name) => [name, algorithm] as const,
        );
        await replica.refuses({ ...request, headers: [...request.headers, ...asking] }, 'AUTH_INVALID_HMAC');
      }
    }
  },
});

const upperCaseAccepted = signerCase({
  id: 'upper-case-signature-accepted',
  clause: 'signature/case',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      await replica.accepts(
        withHeader(
          request,
          'signature',
          [headerOf(request, 'signature').toUpperCase()],
          'signature in upper case',
        ),
      );
    }
  },
});

export const signature = [
  prefixesRefused,
  extensionsRefused,
  otherMakingsRefused,
  algorithmNotChosenByClient,
  upperCaseAccepted,
];
