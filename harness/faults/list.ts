import type { Fault } from './fault.ts';
import { storeUnreachable } from './store-unreachable.ts';

export const faults: readonly Fault[] = [storeUnreachable];
