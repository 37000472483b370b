import { tampered } from '../../harness/contract/signer-auth-v1/request.ts';
import type { IdentityName } from '../../harness/run/scenario.ts';
import { oneClient, signerCase } from '../case.ts';

const tags = ['mtls'];

/** One case for each thing that can be wrong with a certificate, at each replica and through the balancer. */
const refused = (id: string, identity: IdentityName) =>
  signerCase({
    id,
    clause: 'mtls/trusted-only',
    tags,
    clients: oneClient,
    async run({ client, replicas, balancer }) {
      for (const door of [...replicas, balancer]) {
        await door.refuses(
          client('one').signs({ label: `as signed, ${identity} certificate` }),
          'AUTH_MTLS_REQUIRED',
          {
            identity,
          },
        );
      }
    },
  });

/** Headers by which proxies pass on whose certificate they saw; a signer that terminates TLS must not believe them. */
const identityHeaders = [
  ['X-Forwarded-Client-Cert', 'Subject="CN=client-valid"'],
  ['X-SSL-Client-Verify', 'SUCCESS'],
  ['X-SSL-Client-CN', 'client-valid'],
  ['X_SSL_CLIENT_VERIFY', 'SUCCESS'],
  ['SSL_CLIENT_VERIFY', 'SUCCESS'],
  ['X-Client-Verify', 'SUCCESS'],
  ['X-Client-Cert-Verified', 'true'],
  ['X-Mtls-Authenticated', 'true'],
] as const;

const identityHeadersAreNoCertificate = signerCase({
  id: 'identity-headers-are-no-certificate',
  clause: 'mtls/not-by-header',
  tags,
  clients: oneClient,
  async run({ client, replicas, balancer }) {
    for (const door of [...replicas, balancer]) {
      const request = client('one').signs();
      const claiming = tampered(request, 'with identity headers', {
        headers: [...request.headers, ...identityHeaders],
      });
      await door.refuses(claiming, 'AUTH_MTLS_REQUIRED', { identity: 'none' });
    }
  },
});

export const certificates = [
  refused('expired-certificate-refused', 'expired'),
  refused('certificate-not-yet-valid-refused', 'not-yet-valid'),
  refused('server-certificate-as-client-refused', 'wrong-purpose'),
  refused('self-signed-certificate-refused', 'self-signed'),
  refused('certificate-of-rogue-authority-refused', 'rogue'),
  refused('certificate-of-coming-authority-not-yet-trusted', 'next'),
  identityHeadersAreNoCertificate,
];
