import type { Fault } from '../../harness/faults/fault.ts';
import { storeUnreachable } from '../../harness/faults/store-unreachable.ts';

/** What comes in the middle of each step of each rotation, and while it is taken back. */
export const troubles: readonly Fault[] = [storeUnreachable];
