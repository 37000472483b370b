import type { Fault } from '../../harness/faults/fault.ts';
import { faults } from '../../harness/faults/list.ts';
import { storeReplyResetOnce } from '../../harness/faults/store-reply-reset-once.ts';
import type { SignerAuthScenario } from '../case.ts';
import { cutOffConfiguration } from './configuration-cut-off.ts';
import { cutOffReplica } from './replica-cut-off.ts';
import { killedReplicas } from './replica-killed.ts';
import { halfRolled } from './half-rolled.ts';
import { pausedReplica } from './replica-paused.ts';
import { skewedReplica } from './replica-clock.ts';
import { replyResetOnce } from './store-reply-reset-once.ts';
import { storeFault } from './store-fault.ts';
import { storeForgets } from './store-forgets.ts';

/** What is broken on purpose: chosen by name, since it takes longer than everything else together. */
export const chaos: readonly SignerAuthScenario[] = [
  ...faults.filter(takesTheStoreAway).map(storeFault),
  replyResetOnce,
  ...faults.filter(({ store }) => store === 'forgetful').map(storeForgets),
  ...killedReplicas,
  pausedReplica,
  cutOffReplica,
  cutOffConfiguration,
  halfRolled,
  ...faults.filter(({ clockOffsetMs }) => clockOffsetMs !== undefined).map(skewedReplica),
];

function takesTheStoreAway(fault: Fault): boolean {
  const { store, concerns } = fault;
  const away = store === 'away' || store === 'unsure';
  return away && concerns === 'all-replicas' && fault !== storeReplyResetOnce;
}
