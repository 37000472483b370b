import type { Signing } from '../contract/contract.ts';
import type { Finding } from '../judge/findings.ts';
import type { History } from '../judge/history.ts';
import type { View } from '../judge/view.ts';
import type { Occasion, Recorder } from './recorder.ts';
import type { Passage } from './door.ts';
import type { Environment, Topology, TopologyPlan } from './environment.ts';
import type { Plan } from './plan.ts';
import type { Observation } from './preconditions.ts';
import type { StallWatch } from './stalls.ts';

/** Whoever watches a run. */
export interface Audience {
  /** Before anything has happened; the view is that of the whole run. */
  begun(view: View): void;
  topologyUp(topology: string, tookMs: number): void;
  judged(finding: Finding): void;
}

/** What a run is given. */
export interface Rehearsal<Client extends Signing, P extends Plan<Client> = Plan<Client>> {
  readonly plan: P;
  readonly environment: Environment;
  readonly history: History;
  readonly view: View;
  readonly audience: Audience;
  /** What was found out before: whether the oracle can be trusted. */
  readonly before: readonly Observation[];
  readonly signal: AbortSignal;
}

/** What is played on once everything is up. */
export interface Ground<Client extends Signing, P extends Plan<Client> = Plan<Client>> extends Rehearsal<
  Client,
  P
> {
  readonly recorder: Recorder;
  readonly stalls: StallWatch;
  readonly topologies: readonly OpenTopology[];
}

export interface OpenTopology {
  readonly topology: Topology;
  readonly plan: TopologyPlan;
}

/** The way for whoever sends something on an occasion. */
export const passageOf = <Client extends Signing>(
  topology: Topology,
  occasion: Occasion,
  { plan, recorder, signal }: Ground<Client>,
): Passage => ({
  topology,
  credentials: plan.credentials,
  recorder,
  occasion,
  // Well beyond the bound, so that late is told apart from never.
  deadlineMs: 2 * plan.adapter.bounds.answersWithinMs + 1000,
  signal,
});
