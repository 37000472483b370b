import { pause } from '../../harness/clock.ts';
import { signerCase } from '../case.ts';

const secretAddedWithoutRestart = signerCase({
  id: 'secret-added-without-a-restart',
  clause: 'reload/without-restart',
  tags: ['reload'],
  alone: 'last',
  clients: { one: { allowed: ['current'], spare: ['next'] } },
  judgedBy: ['told-truth'],
  async run({ client, replicas, allows, now, bounds }) {
    for (const replica of replicas)
      await replica.refuses(client('one').signs({ with: 'next' }), 'AUTH_INVALID_HMAC');
    if (!(await allows('one', ['current', 'next']))) return;
    const deadline = now() + bounds.appliesWithinMs;
    for (const replica of replicas) {
      const next = () => client('one').signs({ with: 'next' });
      while (!(await replica.receives(next())).accepted && now() < deadline) await pause(20);
      await replica.accepts(next());
      await replica.accepts(client('one').signs({ with: 'current' }));
    }
  },
});

/** A secret that leaked is removed in a hurry: a reload that only ever adds would keep it alive. */
const secretRemovedWithoutRestart = signerCase({
  id: 'secret-removed-without-a-restart',
  clause: 'reload/without-restart',
  tags: ['reload'],
  alone: 'last',
  clients: { one: { allowed: ['current', 'next'] } },
  judgedBy: ['told-truth'],
  async run({ client, replicas, allows, now, bounds }) {
    for (const replica of replicas) await replica.accepts(client('one').signs({ with: 'current' }));
    if (!(await allows('one', ['next']))) return;
    const deadline = now() + bounds.appliesWithinMs;
    for (const replica of replicas) {
      const current = () => client('one').signs({ with: 'current' });
      while ((await replica.receives(current())).accepted && now() < deadline) await pause(20);
      await replica.refuses(current(), 'AUTH_INVALID_HMAC');
      await replica.accepts(client('one').signs({ with: 'next' }));
    }
  },
});

export const reload = [secretAddedWithoutRestart, secretRemovedWithoutRestart];
