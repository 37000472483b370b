import { pause } from '../../harness/clock.ts';
import { signerCase } from '../case.ts';

const secretAddedWithoutRestart = signerCase({
  id: 'secret-added-without-a-restart',
  clause: 'reload/without-restart',
  tags: ['reload'],
  alone: true,
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

export const reload = [secretAddedWithoutRestart];
