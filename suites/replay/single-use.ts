import { headerOf, withHeader } from '../../harness/contract/signer-auth-v1/request.ts';
import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

const tags = ['replay'];

const replayInDisguise = signerCase({
  id: 'replay-in-disguise-refused',
  clause: 'replay/single-use',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      await replica.receives(request);
      const signature = headerOf(request, 'signature').toUpperCase();
      const nonce = headerOf(request, 'nonce');
      const lower = request.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
      await replica.refuses(
        withHeader(request, 'signature', [signature], 'replay in upper case'),
        'REPLAY_NONCE_USED',
      );
      await replica.refuses(
        withHeader(request, 'nonce', [`${nonce} \t`], 'replay with space after its nonce'),
        'REPLAY_NONCE_USED',
      );
      await replica.refuses(
        { ...request, headers: lower, label: 'replay with lower-case header names' },
        'REPLAY_NONCE_USED',
      );
      await replica.refuses({ ...request, chunked: true, label: 'replay in chunks' }, 'REPLAY_NONCE_USED');
    }
  },
});

const twoClientsOneNonce = signerCase({
  id: 'two-clients-may-use-one-nonce',
  clause: 'replay/client-scoped',
  tags,
  clients: { one: { allowed: ['current'] }, other: { allowed: ['current'] } },
  async run({ client, replicas: [a, b] }) {
    const nonce = headerOf(client('one').signs(), 'nonce');
    await a.accepts(client('one').signs({ nonce }));
    await a.accepts(client('other').signs({ nonce }));
    await b.refuses(client('one').signs({ nonce }), 'REPLAY_NONCE_USED');
    await b.refuses(client('other').signs({ nonce }), 'REPLAY_NONCE_USED');
  },
});

/** A key that only joins its parts with a colon is the same for `x` with `y:z` and for `x:y` with `z`. */
const keyPartsDoNotRun = signerCase({
  id: 'client-and-nonce-do-not-run-together',
  clause: 'replay/client-scoped',
  tags,
  clients: {
    short: { allowed: ['current'], id: 'drill-run-together' },
    colon: { allowed: ['current'], id: 'drill-run-together:x' },
    dash: { allowed: ['current'], id: 'drill-run-together-x' },
    slash: { allowed: ['current'], id: 'drill-run-together/x' },
    none: { allowed: ['current'], id: 'drill-run-togetherx' },
  },
  async run({ client, replicas: [a] }) {
    const rest = headerOf(client('short').signs(), 'nonce');
    const joints = { colon: ':', dash: '-', slash: '/', none: '' };
    for (const [longer, joint] of Object.entries(joints)) {
      const tail = `${rest}${longer}`;
      await a.accepts(client(longer).signs({ nonce: tail }));
      await a.accepts(client('short').signs({ nonce: `x${joint}${tail}` }));
    }
  },
});

/** Whoever could burn a nonce without a secret could lock out the client it belongs to. */
const unauthenticatedSpendsNothing = signerCase({
  id: 'refused-request-spends-no-nonce',
  clause: 'replay/after-authentication',
  tags,
  clients: { one: { allowed: ['current'], spare: ['rogue'] } },
  async run({ client, replicas: [a, b], limits: { timestampMaxAgeMs: age } }) {
    const one = client('one');
    const fresh = (): string => headerOf(one.signs(), 'nonce');

    const wronglySigned = fresh();
    await a.receives(one.signs({ nonce: wronglySigned, with: 'rogue' }));
    await b.accepts(one.signs({ nonce: wronglySigned }));

    const stale = fresh();
    await a.receives(one.signs({ nonce: stale, dated: -(age + MARGIN_MS) }));
    await b.accepts(one.signs({ nonce: stale }));

    const withoutCertificate = fresh();
    await a.receives(one.signs({ nonce: withoutCertificate }), { identity: 'none' });
    await b.accepts(one.signs({ nonce: withoutCertificate }));

    const formless = fresh();
    await a.receives(one.signs({ nonce: formless, signature: () => 'no hex at all' }));
    await b.accepts(one.signs({ nonce: formless }));
  },
});

const keyInStore = signerCase({
  id: 'replay-key-is-the-json-array',
  clause: 'replay/key',
  tags: [...tags, 'store'],
  clients: { plain: { allowed: ['current'] }, quoted: { allowed: ['current'], id: 'drill-"quoted"\\id' } },
  judgedBy: ['key-in-store'],
  async run({ client, replicas, looksInStore }) {
    for (const replica of replicas) {
      for (const name of ['plain', 'quoted']) {
        const request = client(name).signs();
        await replica.receives(request);
        await looksInStore(request);
      }
    }
  },
});

export const singleUse = [
  replayInDisguise,
  twoClientsOneNonce,
  keyPartsDoNotRun,
  unauthenticatedSpendsNothing,
  keyInStore,
];
