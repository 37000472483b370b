import { monotonicMs, pause, wallClockMs } from '../clock.ts';
import type { KnownSecret, Signing, WireRequest } from '../contract/contract.ts';
import type { Fault } from '../faults/fault.ts';
import { unguessable } from '../seed.ts';
import { offerOf } from '../signer/offer.ts';
import { openConnection } from '../traffic/connection.ts';
import { gather } from './crowd.ts';
import { doorTo } from './door.ts';
import { change, changeOne } from './change.ts';
import type { Replica } from './environment.ts';
import { KeptConnections } from './kept-connections.ts';
import type { StageParts } from './stage-parts.ts';
import { settle } from './settle.ts';
import { suffer } from './suffer.ts';
import { BALANCER } from './preconditions.ts';
import type { Stage, Suffering } from './scenario.ts';

/** What one attempt of one case runs on. Disposing of it heals whatever the case broke. */
export interface SetStage<Client> extends AsyncDisposable {
  readonly stage: Stage<Client>;
}

export function setStage<Client extends Signing>(parts: StageParts<Client>): SetStage<Client> {
  const { contract, adapter, plan, passage, chance } = parts;
  const { topology, recorder, occasion, signal } = passage;
  const { history } = recorder;
  const offer = offerOf(adapter);
  // A signer may end a connection without a word. That costs an attempt, and the next one keeps none.
  const kept = occasion.attempt === 1 ? new KeptConnections() : undefined;
  const doors = topology.replicas.map((replica) => doorTo(replica.name, replica, passage, kept));
  const [first, second] = chance.shuffled(doors);
  if (!first || !second) throw new Error(`Topology ${topology.name} needs two replicas`);
  const broken: Suffering[] = [];

  const stage: Stage<Client> = {
    client: (name) => {
      const planned = plan.clients.get(name);
      if (!planned) throw new Error(`Case ${plan.scenario.id} declares no client "${name}"`);
      const secrets = Object.fromEntries(
        Object.entries(planned.secrets).map(([key, secret]) => [key, known(secret)]),
      );
      return contract.client({
        id: planned.id,
        secrets,
        offer,
        now: wallClockMs,
        nonce: () => unguessable(16),
      });
    },
    replicas: [first, second],
    balancer: doorTo(BALANCER, topology.balancer, passage),
    limits: topology.replicas[0]!.state,
    bounds: adapter.bounds,
    now: () => history.at(),
    wallClock: wallClockMs,
    attempt: occasion.attempt,
    async waits(ms, why) {
      history.append({
        type: 'wait',
        at: history.at(),
        case: occasion.case,
        attempt: occasion.attempt,
        ms,
        why,
      });
      await pause(ms, signal);
    },
    crowd: (size) =>
      gather(
        size,
        topology.replicas.map((replica) => ({ name: replica.name, address: replica })),
        passage,
      ),
    looksInStore: async (request) => void (await lookInStore(request, parts)),
    async awaitsInStore(request) {
      const giveUp = monotonicMs() + adapter.bounds.answersWithinMs;
      while (!(await lookInStore(request, parts)) && monotonicMs() < giveUp) await pause(10, signal);
    },
    asksReadiness: (should) => askReadiness(should, parts),
    async suffers(fault: Fault, on = fault.concerns === 'one-replica' ? first.name : undefined) {
      const concerned = topology.replicas.filter(({ name }) => on === undefined || name === on);
      const suffering = await suffer({
        fault,
        topology,
        concerned,
        history,
        settle: (replicas) => settle(replicas, passage, parts),
        signal,
      });
      broken.push(suffering);
      return suffering;
    },
    allows: (client, secrets) => change(client, secrets, parts),
    gives: (name, client, secrets) =>
      changeOne(
        topology.replicas.find((replica) => replica.name === name)!,
        client,
        secrets,
        parts,
      ),
  };
  return {
    stage,
    async [Symbol.asyncDispose]() {
      for (const suffering of broken.toReversed()) await suffering.heals();
      await kept?.[Symbol.asyncDispose]();
    },
  };
}

const known = (secret: { id: string; reveal(): string }): KnownSecret => ({
  id: secret.id,
  value: secret.reveal(),
});

/** Tells of what lies there for a request; whether that is anything. */
async function lookInStore<Client extends Signing>(
  request: WireRequest,
  { contract, adapter, passage, plan }: StageParts<Client>,
): Promise<boolean> {
  const { topology, recorder, occasion } = passage;
  const { history } = recorder;
  const replica = topology.replicas[0]!;
  const facts = contract.observe(request, occasion.secrets, offerOf(adapter));
  const [key = ''] = contract.spends(facts);
  // The nonce is the part of the key that nobody else's key holds.
  const found = await topology.store.keysHolding(contract.mark(facts));
  history.append({
    type: 'store-look',
    at: history.at(),
    case: plan.scenario.id,
    attempt: occasion.attempt,
    request: request.label,
    expectedKey: `${replica.state.store.keyPrefix}${key}`,
    found: found.map((each) => ({ key: each.key, ttlMs: each.ttlMs })),
    retentionMs: replica.state.nonceTtlSeconds * 1000,
  });
  return found.length > 0;
}

async function askReadiness<Client extends Signing>(
  should: 'ready' | 'not-ready',
  { adapter, passage, topologyPlan }: StageParts<Client>,
) {
  const { topology, recorder, occasion, deadlineMs, signal } = passage;
  const { history } = recorder;
  const ask = async ({ host, port, state }: Replica): Promise<number | undefined> => {
    const { operators, serverTrust } = topologyPlan;
    const [identity] = operators(state);
    const connection = await openConnection({
      host,
      port,
      ...(identity && { identity }),
      serverTrust,
      deadlineMs,
      signal,
    });
    const limits = { deadlineMs, signal };
    const request = { method: 'GET', target: adapter.readiness.get, headers: [], body: new Uint8Array() };
    const answer = connection.kind === 'connection' ? await connection.send(request, limits) : connection;
    if (connection.kind === 'connection') await connection.close();
    return answer.kind === 'answer' ? answer.status : undefined;
  };
  for (const replica of topology.replicas) {
    // It may take as long to find its way back as good requests may.
    const giveUp = should === 'ready' ? monotonicMs() + adapter.bounds.recoversWithinMs : -Infinity;
    let status = await ask(replica);
    while (status === NOT_READY && monotonicMs() < giveUp) {
      await pause(10, signal);
      status = await ask(replica);
    }
    const said = status === READY ? 'ready' : status === NOT_READY ? 'not-ready' : undefined;
    history.append({
      type: 'probe',
      source: 'replica',
      at: history.at(),
      case: occasion.case,
      attempt: occasion.attempt,
      present: said !== undefined,
      ...(said !== undefined && { truthful: said === should }),
      evidence: `GET ${adapter.readiness.get} at ${replica.name} gives ${status ?? 'no answer'} while it should be ${should}`,
    });
  }
}

const READY = 200;
const NOT_READY = 503;
