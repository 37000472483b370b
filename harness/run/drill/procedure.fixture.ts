import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import type { Fleet, Procedure, Standing, Step } from './procedure.ts';

/** One client with one secret, and one authority. */
export const start: Standing = {
  fleet: { secrets: { one: ['current'] }, trust: ['old'], server: 'old' },
  use: { secrets: { one: 'current' }, identity: 'valid', trust: ['old'] },
};

export const step = (id: string, change: Partial<Step>): Step => ({
  id,
  sentence: `${id} is done`,
  undo: `${id} is undone`,
  runbook: ['hmac/1'],
  during: {},
  after: {},
  ...change,
});

export const allowing =
  (...secrets: string[]) =>
  (fleet: Fleet): Fleet => ({ ...fleet, secrets: { one: secrets } });

/** Nothing is sent, so that what is done to replicas stands out. */
export const rotation: Procedure<SigningClient> = {
  id: 'rotation',
  sentence: 'A secret is rotated.',
  tags: [],
  clients: { one: { allowed: ['current'], spare: ['next'] } },
  start,
  steps: [
    step('allow', { fleet: allowing('current', 'next') }),
    step('switch', { use: (use) => ({ ...use, secrets: { one: 'next' } }) }),
    step('remove', { fleet: allowing('next') }),
  ],
  streams: [],
};
