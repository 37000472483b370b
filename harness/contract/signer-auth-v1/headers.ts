/** The four headers every request carries, under the names cases use for them. */
export const headerNames = {
  client: 'X-Keyring-Client-Id',
  timestamp: 'X-Keyring-Timestamp',
  nonce: 'X-Keyring-Nonce',
  signature: 'X-Keyring-Signature',
} as const;

export type HeaderRole = keyof typeof headerNames;

/** Nonces are measured in bytes of UTF-8, not in characters. */
export const nonceBytes = { least: 16, most: 256 } as const;
