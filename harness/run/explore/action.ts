import { z } from 'zod';
import { REPLICAS } from '../plan.ts';
import { BALANCER } from '../preconditions.ts';

/** Where a request is sent to. */
const to = z.enum([...REPLICAS, BALANCER]);
const replica = z.enum(REPLICAS);
/** Which of the two clients of a topology. */
const client = z.int().min(0).max(1);
/** Of the secrets that the client may use now; where it has one, both are the same. */
const secret = z.enum(['newest', 'oldest']);

/** The ways in which a request can be wrong. */
export const wrongs = ['another-secret', 'unknown-secret', 'stale', 'altered', 'no-certificate'] as const;
export type Wrong = (typeof wrongs)[number];

/**
 * What a schedule is made of: plain data, so that it can be saved, told and made smaller. What an action speaks of is
 * found when its turn comes, counted back from there: without the actions before it, it still means something.
 */
export const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('send'), client, secret, to }),
  /** Sends a nonce that was sent before, so many before the latest: signed anew, or byte for byte as it was. */
  z.strictObject({
    do: z.literal('replay'),
    back: z.int().min(0).max(9),
    as: z.enum(['anew', 'it-was']),
    to,
  }),
  /** Sends so many copies of one request at the same moment, spread over all replicas. */
  z.strictObject({ do: z.literal('race'), client, copies: z.int().min(2).max(64) }),
  z.strictObject({ do: z.literal('send-wrong'), client, wrong: z.enum(wrongs), to }),
  z.strictObject({ do: z.literal('rotate'), client, step: z.enum(['advance', 'abort']) }),
  z.strictObject({ do: z.literal('inject'), fault: z.string().min(1), replica }),
  z.strictObject({ do: z.literal('heal') }),
  z.strictObject({ do: z.literal('restart'), replica }),
  /** Until every nonce sent so far may be used again. */
  z.strictObject({ do: z.literal('wait-out-ttl') }),
]);

export type Action = z.infer<typeof actionSchema>;
export type ActionKind = Action['do'];
export type ActionOf<K extends ActionKind> = Extract<Action, { do: K }>;

/** How often each is chosen, of all of them together. Changing one changes what every seed stands for. */
export const weights: Readonly<Record<ActionKind, number>> = {
  send: 30,
  replay: 20,
  race: 10,
  'send-wrong': 8,
  rotate: 5,
  inject: 20,
  heal: 12,
  restart: 3,
  'wait-out-ttl': 2,
};
