import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import type { Procedure } from '../../harness/run/drill/procedure.ts';
import { clientCertificate } from './client-certificate.ts';
import { emergencyRemoval } from './emergency-removal.ts';
import { hmacSecrets } from './hmac-secret.ts';
import { replayStoreValidation } from './replay-store-validation.ts';
import { serverCertificate } from './server-certificate.ts';
import { severalClients } from './several-clients.ts';
import { trustBundles } from './trust-bundle.ts';

/** Every procedure of signer-auth-v1, in the order of a report. */
export const procedures: readonly Procedure<SigningClient>[] = [
  ...hmacSecrets,
  severalClients,
  ...emergencyRemoval,
  ...trustBundles,
  serverCertificate,
  clientCertificate,
  replayStoreValidation,
];
