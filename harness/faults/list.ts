import { configurationCutOff } from './configuration-cut-off.ts';
import type { Fault } from './fault.ts';
import { replicaClockAhead, replicaClockBehind } from './replica-clock.ts';
import { replicaCutOff } from './replica-cut-off.ts';
import { replicaKilled } from './replica-killed.ts';
import { replicaPaused } from './replica-paused.ts';
import { storeBlackHoled } from './store-black-holed.ts';
import { storeErrors } from './store-error.ts';
import { storeEvicting } from './store-evicting.ts';
import { storeFlushed } from './store-flushed.ts';
import { storeHalfOpen } from './store-half-open.ts';
import { storeOutOfMemory } from './store-out-of-memory.ts';
import { storePaused } from './store-paused.ts';
import { storeReadOnly } from './store-read-only.ts';
import { storeReplyCut } from './store-reply-cut.ts';
import { storeReplyHeld } from './store-reply-held.ts';
import { storeReplyLost } from './store-reply-lost.ts';
import { storeReplyReset } from './store-reply-reset.ts';
import { storeReplyResetOnce } from './store-reply-reset-once.ts';
import { storeRestartedEmpty } from './store-restarted-empty.ts';
import { storeSlow } from './store-slow.ts';
import { storeUnreachable } from './store-unreachable.ts';

/** Everything that can be broken, in the order of a report. */
export const faults: readonly Fault[] = [
  storeUnreachable,
  storeBlackHoled,
  storeSlow,
  storeHalfOpen,
  storeReplyCut,
  storeReplyLost,
  storeReplyReset,
  storeReplyResetOnce,
  storeReplyHeld,
  storePaused,
  storeOutOfMemory,
  storeReadOnly,
  ...storeErrors,
  storeFlushed,
  storeRestartedEmpty,
  storeEvicting,
  replicaKilled,
  replicaPaused,
  replicaCutOff,
  configurationCutOff,
  replicaClockAhead,
  replicaClockBehind,
];
