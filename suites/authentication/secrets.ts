import { signatureOf } from '../../harness/contract/signer-auth-v1/canonical.ts';
import { signerCase } from '../case.ts';

const tags = ['secrets'];

const eachOfThreeAccepted = signerCase({
  id: 'each-of-three-secrets-accepted',
  clause: 'secrets/each-allowed',
  tags,
  clients: { one: { allowed: ['first', 'second', 'third'] } },
  async run({ client, replicas }) {
    for (const replica of replicas) {
      for (const name of ['first', 'second', 'third'])
        await replica.accepts(client('one').signs({ with: name }));
    }
  },
});

const utf8SecretAccepted = signerCase({
  id: 'secret-is-its-utf8-bytes',
  clause: 'secrets/each-allowed',
  tags,
  clients: { one: { allowed: ['current'], secretPrefix: 'ключ-é-✓-' } },
  async run({ client, replicas }) {
    for (const replica of replicas) await replica.accepts(client('one').signs());
  },
});

const secretOfAnotherClientRefused = signerCase({
  id: 'secret-of-another-client-refused',
  clause: 'secrets/others-refused',
  tags,
  clients: { one: { allowed: ['current'] }, other: { allowed: ['current'] } },
  async run({ client, replicas }) {
    const asOther = client('other');
    for (const replica of replicas) {
      await replica.accepts(asOther.signs());
      await replica.refuses(
        client('one').signs({ signature: (draft) => asOther.signatureOf(draft) }),
        'AUTH_INVALID_HMAC',
      );
    }
  },
});

/** What an empty slot in a list of secrets, or a missing one turned into text, would let in. */
const emptySecretRefused = signerCase({
  id: 'empty-secrets-refused',
  clause: 'secrets/others-refused',
  tags,
  clients: { one: { allowed: ['current', 'next'] } },
  async run({ client, replicas }) {
    const one = client('one');
    for (const replica of replicas) {
      for (const text of ['', ' ', 'undefined', 'null', one.id]) {
        await replica.refuses(
          one.signs({ signature: (draft) => signatureOf(text, draft), label: `signed with "${text}"` }),
          'AUTH_INVALID_HMAC',
        );
      }
    }
  },
});

const unlistedSecretRefused = signerCase({
  id: 'secret-outside-the-list-refused',
  clause: 'secrets/others-refused',
  tags,
  clients: { one: { allowed: ['current', 'next'], spare: ['removed'] } },
  async run({ client, replicas }) {
    for (const replica of replicas)
      await replica.refuses(client('one').signs({ with: 'removed' }), 'AUTH_INVALID_HMAC');
  },
});

export const secrets = [
  eachOfThreeAccepted,
  utf8SecretAccepted,
  secretOfAnotherClientRefused,
  emptySecretRefused,
  unlistedSecretRefused,
];
