import { ACCEPTED } from '../../harness/contract/contract.ts';
import { configurationCutOff } from '../../harness/faults/configuration-cut-off.ts';
import { signerCase } from '../case.ts';
import { failsClosed } from '../store-away.ts';

/** A replica that finds half a configuration goes on as before, or serves nobody; it never makes something up. */
export const cutOffConfiguration = signerCase({
  id: 'chaos-configuration-cut-off',
  clause: 'secrets/each-allowed',
  tags: ['chaos', 'chaos-replica'],
  alone: 'last',
  apart: true,
  clients: { one: { allowed: ['current'], spare: ['rogue'] }, nobody: { spare: ['own'] } },
  also: [
    { clause: 'secrets/others-refused' },
    { clause: 'client/registered-only' },
    { clause: 'mtls/required' },
    { clause: 'replay/single-use', judgedBy: ['accepted-once'] },
  ],
  async run({ client, replicas: [a, b], suffers, waits, bounds }) {
    const signs = (label: string) => client('one').signs({ label });
    const spent = signs('spent before');
    await a.accepts(spent);
    const ordeal = await suffers(configurationCutOff, a.name);
    if (!ordeal.possible) return;
    await waits(bounds.appliesWithinMs, 'a change may take this long to be in force');
    await a.answers(signs('valid, while it has half a configuration'), [...failsClosed, ACCEPTED]);
    await a.answers(
      client('one').signs({ with: 'rogue', label: 'signed with a secret that was never allowed' }),
      ['AUTH_INVALID_HMAC'],
      { about: 'secrets/others-refused' },
    );
    await a.answers(
      client('nobody').signs({ label: 'of a client that was never registered' }),
      ['AUTH_INVALID_CLIENT'],
      {
        about: 'client/registered-only',
      },
    );
    await a.answers(signs('without a certificate'), ['AUTH_MTLS_REQUIRED'], {
      about: 'mtls/required',
      identity: 'none',
    });
    await a.answers(
      { ...spent, label: 'sent again while it has half a configuration' },
      [...failsClosed, 'REPLAY_NONCE_USED'],
      { about: 'replay/single-use' },
    );
    await b.accepts(signs('valid, at the other replica'));
    await ordeal.heals();
    await a.accepts(signs('valid, with a whole configuration again'));
    await a.refuses({ ...spent, label: 'sent again after that' }, 'REPLAY_NONCE_USED', {
      about: 'replay/single-use',
    });
  },
});
