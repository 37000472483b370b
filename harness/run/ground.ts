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
  topologyUp(topology: string, tookMs: number): void;
  caseDone(finding: Finding): void;
}

/** What a run is given. */
export interface Rehearsal<Client extends Signing> {
  readonly plan: Plan<Client>;
  readonly environment: Environment;
  readonly history: History;
  readonly view: View;
  readonly audience: Audience;
  /** What was found out before: whether the oracle can be trusted. */
  readonly before: readonly Observation[];
  readonly signal: AbortSignal;
}

/** What its cases run on once everything is up. */
export interface Ground<Client extends Signing> extends Rehearsal<Client> {
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
