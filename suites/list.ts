import type { SignerAuthScenario } from './case.ts';
import { certificates } from './authentication/certificates.ts';
import { headers } from './authentication/headers.ts';
import { secrets } from './authentication/secrets.ts';
import { timestamp } from './authentication/timestamp.ts';
import { stagingChecklist } from './checklist/staging-checklist.ts';
import { outage } from './operation/outage.ts';
import { reload } from './operation/reload.ts';
import { acrossReplicas } from './replay/across-replicas.ts';
import { concurrency } from './replay/concurrency.ts';
import { singleUse } from './replay/single-use.ts';
import { timeToLive } from './replay/time-to-live.ts';
import { canonicalString } from './signing/canonical-string.ts';
import { rawSocket } from './signing/raw-socket.ts';
import { signature } from './signing/signature.ts';
import { edgeVectors } from './vectors/edge.ts';

// In the order of a report.
const written: readonly SignerAuthScenario[] = [
  ...stagingChecklist,
  ...certificates,
  ...headers,
  ...timestamp,
  ...signature,
  ...canonicalString,
  ...rawSocket,
  ...secrets,
  ...singleUse,
  ...acrossReplicas,
  ...concurrency,
  ...timeToLive,
  ...outage,
  ...reload,
];

/** Every case of signer-auth-v1. */
export const suites = async (): Promise<readonly SignerAuthScenario[]> => [
  ...written,
  ...(await edgeVectors()),
];
