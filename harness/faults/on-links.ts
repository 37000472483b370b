import { type Link, type Replica, STORE, type Topology } from '../run/environment.ts';

/** The ways by which these replicas get to the store. */
export const waysToStore = ({ links }: Topology, concerned: readonly Replica[]): readonly Link[] =>
  links.filter(({ from, to }) => to === STORE && concerned.some(({ name }) => name === from));

/** The ways by which the balancer gets to these replicas. */
export const waysToReplicas = ({ links }: Topology, concerned: readonly Replica[]): readonly Link[] =>
  links.filter(({ to }) => concerned.some(({ name }) => name === to));

export async function onEach(links: readonly Link[], act: (link: Link) => Promise<unknown>): Promise<void> {
  await Promise.all(links.map(act));
}
