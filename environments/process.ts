import type { Environment, Topology, TopologyPlan } from '../harness/run/environment.ts';
import { STORE } from '../harness/run/environment.ts';
import { BALANCER } from '../harness/run/preconditions.ts';
import { openBalancer } from './parts/balancer.ts';
import { whyNotCutOff } from './parts/cut-off.ts';
import { startFaultProxy } from './parts/fault-proxy/start.ts';
import { findFaketime, NO_FAKETIME } from './parts/faketime.ts';
import { interpose } from './parts/interpose.ts';
import type { Journal } from './parts/journal.ts';
import { openLinks } from './parts/link.ts';
import { LOOPBACK, loopbackOf, reservePorts } from './parts/ports.ts';
import { startRedis } from './parts/redis.ts';
import { startReplica } from './parts/replica.ts';
import { storeBehind } from './parts/store.ts';

/** Signer replicas and their replay store as plain processes on loopback. Needs no Docker. */
export const processEnvironment = (journal: Journal): Environment => ({
  name: 'process',
  open: (plan, signal) => open(plan, journal, signal),
});

/** From the store outwards; what was started is stopped in reverse when anything after it fails. */
async function open(plan: TopologyPlan, journal: Journal, signal: AbortSignal): Promise<Topology> {
  await using started = new AsyncDisposableStack();
  const ports = started.use(await reservePorts());
  const seats = await Promise.all(
    plan.replicas.map(async (replica, index) => ({
      replica,
      port: await ports.take(),
      toReplica: await ports.take(),
      toStore: await ports.take(),
      storeHost: loopbackOf(index),
    })),
  );
  const storePort = await ports.take();
  const apiPort = await ports.take();

  // Beside the replicas, which take longer: their way to the store is open when they come.
  const redisUp = startRedis({
    journal,
    port: storePort,
    hosts: [LOOPBACK, ...seats.map(({ storeHost }) => storeHost)],
    signal,
  }).then((redis) => started.use(redis));
  const faultProxyUp = startFaultProxy({ journal, port: apiPort, signal }).then((server) =>
    started.use(server),
  );
  const linksUp = Promise.all([faultProxyUp, redisUp]).then(([faultProxy]) =>
    openLinks(
      faultProxy,
      seats.flatMap(({ replica: { name }, port, toReplica, toStore, storeHost }) => [
        { from: BALANCER, to: name, port: toReplica, upstream: { host: LOOPBACK, port } },
        { from: name, to: STORE, port: toStore, upstream: { host: storeHost, port: storePort } },
      ]),
    ),
  );
  const starting = seats.map(async ({ replica, port, toStore }) => {
    const store = { host: LOOPBACK, port: toStore, database: 0, keyPrefix: `${plan.name}:nonce:` };
    return started.use(await startReplica({ plan, replica, store, storeUp: linksUp, port, journal, signal }));
  });
  // All of them have ended, well or badly, before a failure is reported: nothing starts behind its back.
  await Promise.allSettled([redisUp, faultProxyUp, linksUp, ...starting]);
  const [redis, faultProxy, links] = await Promise.all([redisUp, faultProxyUp, linksUp]);
  const replicas = await Promise.all(starting);
  const linkBetween = (from: string, to: string) =>
    links.find((link) => link.from === from && link.to === to)!;
  const balancer = started.use(
    await openBalancer({
      port: await ports.take(),
      backends: replicas.map(({ name }) => ({ name, ...linkBetween(BALANCER, name).at })),
    }),
  );

  const ways = seats.map(({ replica, storeHost }) => ({ link: linkBetween(replica.name, STORE), storeHost }));

  const running = started.move();
  return {
    name: plan.name,
    replicas,
    balancer: {
      ...balancer.at,
      drain: (replica) => balancer.drain(replica, plan.adapter.bounds.answersWithinMs, signal),
      admit: (replica) => balancer.admit(replica),
    },
    store: storeBehind(redis, ways, faultProxy),
    links,
    cannot: whatCannotBe(plan),
    async interpose(replica) {
      const way = ways.find(({ link }) => link.from === replica);
      if (!way) throw new RangeError(`No replica ${replica} has a way to this store`);
      return running.use(await interpose(way, { port: await ports.take(), storePort }));
    },
    async [Symbol.asyncDispose]() {
      // The slowest part of going down, so all at once.
      await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
      await running.disposeAsync();
    },
  };
}

function whatCannotBe({ adapter }: TopologyPlan): Topology['cannot'] {
  const whole = whyNotCutOff(adapter);
  return {
    ...(findFaketime() === undefined && { 'skew-clock': NO_FAKETIME }),
    ...(whole !== undefined && { 'cut-configuration': whole }),
  };
}
