import type { Clause } from '../harness/contract/contract.ts';
import type { FindingsFile } from '../harness/judge/findings.ts';
import type { RunRecord } from './run-record.ts';

/** All that a report is made of: what was run, what was found, and the promises it was held against. */
export interface Results {
  readonly record: RunRecord;
  readonly findings: FindingsFile;
  readonly clauses: readonly Clause[];
}
