/** What the traffic of one procedure came to. Its size depends on how long the procedure took, not on how much was sent. */
export interface CaseTally {
  readonly case: string;
  readonly topology: string;
  /** From the first request to the last answer, on the run's clock. */
  readonly from: number;
  readonly to: number;
  /** In the order in which they were declared. */
  readonly credentials: readonly CredentialTally[];
  /** What honest clients met with: refused or not served, rightly or not, and the longest time in which none was served. */
  readonly honest: { readonly served: number; readonly unserved: number; readonly longestGapMs: number };
  /** For each credential that lost its validity on the way: when it was let in for the last time. */
  readonly deaths: readonly Death[];
  readonly timeline: Timeline;
}

/** All streams of one credential together. Every request is in exactly one of the six. */
export interface CredentialTally {
  readonly credential: string;
  readonly honest: boolean;
  readonly counts: Counts;
}

export interface Counts {
  /** Rightly let in, rightly refused. */
  readonly accepted: number;
  readonly refused: number;
  /** Let in or refused, and no right verdict fits it. */
  readonly wronglyAccepted: number;
  readonly wronglyRefused: number;
  /** Valid, on a fresh connection, outside every declared window, and without an answer. */
  readonly unserved: number;
  /** Without an answer where that shows nothing. */
  readonly unknown: number;
}

export interface Death {
  readonly credential: string;
  readonly replica: string;
  readonly mode: 'fresh' | 'kept' | 'resumed';
  /** From the beginning of the change, at the first replica, to the last answer that let it in here; 0 for none. */
  readonly afterMs: number;
  /** How long it may have taken here: what the adapter declares, and the time until its own change began. */
  readonly boundMs: number;
}

/** Counts over time, one row of slots for each credential. */
export interface Timeline {
  readonly from: number;
  readonly slotMs: number;
  readonly rows: readonly { readonly credential: string; readonly slots: readonly Counts[] }[];
}

/** How well the harness kept to its own schedule. */
export interface Schedule {
  readonly sent: number;
  readonly answered: number;
  readonly dropped: number;
  /** From when a request should have been written to when it was. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From when a request should have been written to its answer. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}
