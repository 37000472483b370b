import { openJournal } from '../../environments/parts/journal.ts';
import { reservePorts } from '../../environments/parts/ports.ts';
import { monotonicMs, wallClockMs } from '../../harness/clock.ts';
import type { WireRequest } from '../../harness/contract/contract.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { unguessable } from '../../harness/seed.ts';
import { openConnection } from '../../harness/traffic/connection.ts';
import { issue, makeCaSets, type IssuedIdentity } from '../../harness/traffic/identities.ts';
import type { TrustAnchor } from '../../harness/signer/desired-state.ts';
import { Pool } from '../../harness/traffic/pool.ts';
import { startTarget, type Target } from './haproxy.ts';
import { atLeast, atMost, median, type Measurement, shown, spread } from './measurement.ts';
import { processorMs } from './proc.ts';

const ROUNDS = 7;
const FOR_MS = 2000;
const CONNECTIONS = 32;

/**
 * Signed requests as fast as they go, by us and by autocannon: the same requests from the same signing function, as many
 * connections with the same certificate, one request at a time on each. Both read whole answers; we check the server's
 * certificate as well, and keep of every answer its times, its headers as they came and its body.
 */
export const traffic: Measurement = {
  name: 'traffic',
  about: 'signed requests on kept connections against autocannon doing the same',
  async measure({ print }) {
    await using journal = openJournal();
    process.on('exit', () => journal.undoNow());
    await using ports = await reservePorts();
    const { old } = await makeCaSets();
    const [server, identity] = await Promise.all([
      issue(old, { id: 'target', purpose: 'server', validity: 'valid' }),
      issue(old, { id: 'client', purpose: 'client', validity: 'valid' }),
    ]);
    const clientTrust = old.anchor;
    await using target = await startTarget({ journal, port: await ports.take(), server, clientTrust });
    const errand = { target, identity, trust: [old.anchor], signs: signing() };

    // Once each for nothing: what runs for the first time is slow.
    await ours(errand);
    await theirs(errand);
    const us: number[] = [];
    const them: number[] = [];
    const busy: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [from, worked] = [monotonicMs(), processorMs(target.child.pid)!];
      // Whoever is second in one round is first in the next.
      if (round % 2 === 0) them.push(await theirs(errand));
      us.push(await ours(errand));
      if (round % 2 === 1) them.push(await theirs(errand));
      busy.push((processorMs(target.child.pid)! - worked) / (monotonicMs() - from));
      print(`round ${round}: ${shown(us.at(-1)!, '/s')}, autocannon ${shown(them.at(-1)!, '/s')}`);
    }
    print(`ours: ${spread(us, '/s')}`);
    print(`autocannon: ${spread(them, '/s')}`);
    return [
      atLeast('ours / autocannon', median(us.map((rate, at) => rate / them[at]!)), 1),
      atMost('share of the time in which the target was busy', median(busy), 0.9),
    ];
  },
};

interface Errand {
  readonly target: Target;
  readonly identity: IssuedIdentity;
  readonly trust: readonly TrustAnchor[];
  readonly signs: () => WireRequest;
}

/** What it signs has the size of a real request; no two share a nonce. */
function signing(): () => WireRequest {
  const salt = unguessable(16);
  let made = 0;
  const client = signerAuthV1.client({
    id: 'client',
    secrets: { current: { id: 'current', value: unguessable(32) } },
    offer: {
      method: 'POST',
      target: '/v1/sign/session-transaction',
      body: JSON.stringify({ filled: 'x'.repeat(600) }),
    },
    now: wallClockMs,
    nonce: () => `${salt}-${(made += 1)}`,
  });
  return () => client.signs();
}

/** Answers a second by the way that streams send. */
async function ours({ target, identity, trust, signs }: Errand): Promise<number> {
  const limits = { deadlineMs: 5000 };
  const open = async () => ({
    connection: await openConnection({ ...target.at, identity, serverTrust: trust, ...limits }),
  });
  const pool = new Pool<Awaited<ReturnType<typeof open>>>();
  const from = monotonicMs();
  let answered = 0;
  const lane = async (): Promise<void> => {
    while (monotonicMs() - from < FOR_MS) {
      const taken = await pool.take(open);
      if (taken.connection.kind === 'unopened') throw new Error(`Not connected: ${taken.connection.detail}`);
      const answer = await taken.connection.send(signs(), limits);
      if (answer.kind === 'lost' || answer.status !== 200)
        throw new Error(`Not answered: ${JSON.stringify(answer)}`);
      pool.giveBack(taken);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  const seconds = (monotonicMs() - from) / 1000;
  await pool.close();
  return answered / seconds;
}

async function theirs({ target, identity, trust, signs }: Errand): Promise<number> {
  // Not before it is asked for: no other measurement needs it.
  const { default: autocannon } = await import('autocannon');
  const result = await autocannon({
    url: `https://${target.at.host}:${target.at.port}`,
    connections: CONNECTIONS,
    duration: FOR_MS / 1000,
    tlsOptions: {
      cert: identity.chain,
      key: identity.key.reveal(),
      ca: trust.map(({ certificate }) => certificate),
    },
    requests: [
      {
        setupRequest(request) {
          const { method, target: path, headers, body } = signs();
          return {
            ...request,
            method: method as 'POST',
            path,
            headers: Object.fromEntries(headers),
            body: body as Buffer,
          };
        },
      },
    ],
  });
  if (result.non2xx + result.errors + result.timeouts > 0) throw new Error('autocannon was not answered');
  return result['2xx'] / result.duration;
}
