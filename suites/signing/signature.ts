import { headerOf, withHeader } from '../../harness/contract/signer-auth-v1/request.ts';
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

/** No header may choose how a signature is checked, or whether. */
const algorithmNotChosenByClient = signerCase({
  id: 'signature-check-not-chosen-by-a-header',
  clause: 'signature/verified',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const offers = ['none', 'hmac-md5', 'hmac-sha1'];
    for (const replica of replicas) {
      for (const algorithm of offers) {
        const request = client('one').signs({
          signature: () => 'ab'.repeat(32),
          label: `asking for ${algorithm}`,
        });
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

export const signature = [prefixesRefused, extensionsRefused, algorithmNotChosenByClient, upperCaseAccepted];
