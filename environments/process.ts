import type { Environment, Topology, TopologyPlan } from '../harness/run/environment.ts';
import { openBalancer } from './parts/balancer.ts';
import type { Journal } from './parts/journal.ts';
import { openLink } from './parts/link.ts';
import { LOOPBACK, reservePorts } from './parts/ports.ts';
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
  const at = { host: LOOPBACK, port: await ports.take() };
  // Beside the replicas, which would spend this time waiting; their way to it opens when it is there.
  const upstreamUp = startRedis({ journal, port: at.port, signal }).then((redis) => started.use(redis));

  const starting = plan.replicas.map(async (replica) => {
    const toStore = started.use(
      await openLink({ name: replica.name, port: await ports.take(), upstream: at, upstreamUp }),
    );
    const store = { ...toStore.at, database: 0, keyPrefix: `${plan.name}:nonce:` };
    const port = await ports.take();
    const running = started.use(await startReplica({ plan, replica, store, port, journal, signal }));
    const toReplica = started.use(
      await openLink({
        name: replica.name,
        port: await ports.take(),
        upstream: { host: running.host, port },
      }),
    );
    return { running, toStore, toReplica };
  });
  // All of them have ended, well or badly, before a failure is reported: nothing starts behind its back.
  await Promise.allSettled([upstreamUp, ...starting]);
  const redis = await upstreamUp;
  const replicas = await Promise.all(starting);
  const balancer = started.use(
    await openBalancer({
      port: await ports.take(),
      backends: replicas.map(({ running, toReplica }) => ({ name: running.name, ...toReplica.at })),
    }),
  );

  const running = started.move();
  return {
    name: plan.name,
    replicas: replicas.map((replica) => replica.running),
    balancer: {
      ...balancer.at,
      drain: (replica) => balancer.drain(replica, plan.adapter.bounds.answersWithinMs, signal),
      admit: (replica) => balancer.admit(replica),
    },
    store: storeBehind(
      redis.look,
      replicas.map(({ toStore }) => toStore),
    ),
    async [Symbol.asyncDispose]() {
      // The slowest part of going down, so all at once.
      await Promise.all(replicas.map((replica) => replica.running[Symbol.asyncDispose]()));
      await running.disposeAsync();
    },
  };
}
