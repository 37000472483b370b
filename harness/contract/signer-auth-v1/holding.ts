import { z } from 'zod';

/** What a replica was configured with, as far as the oracle needs it; secrets and authorities by id. */
export const holdingSchema = z.strictObject({
  /** Pairs, because a client may be called `__proto__`. */
  clients: z.array(z.tuple([z.string(), z.array(z.string())])),
  clientTrust: z.array(z.string()),
  requireMtls: z.boolean(),
  timestampMaxAgeMs: z.number(),
  nonceTtlSeconds: z.number(),
  server: z.string(),
  /** Database and prefix of the replay store: two states with the same one share their spent nonces. */
  storeNamespace: z.string(),
});

export type Holding = z.infer<typeof holdingSchema>;
