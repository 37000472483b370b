import type { Secret } from './secret.ts';

/** A certificate with its key, as PEM; `chain` starts with the leaf. The key is a secret like any other. */
export interface Identity {
  readonly id: string;
  readonly chain: string;
  readonly key: Secret;
}

/** A CA certificate that somebody may trust. */
export interface TrustAnchor {
  readonly id: string;
  readonly certificate: string;
}

/** What one replica should be configured with. Plain data: the adapter turns it into files, variables, arguments. */
export interface DesiredState {
  readonly clients: readonly ClientEntry[];
  readonly server: Identity;
  readonly clientTrust: readonly TrustAnchor[];
  readonly requireMtls: boolean;
  readonly timestampMaxAgeMs: number;
  readonly nonceTtlSeconds: number;
  readonly store: StoreAddress;
}

/** A client and the secrets it may sign with, in the order in which the signer is to list them. */
export interface ClientEntry {
  readonly id: string;
  readonly secrets: readonly Secret[];
}

/** The replay store as one replica sees it. Prefix and database must survive every rotation and rollback. */
export interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly keyPrefix: string;
}
