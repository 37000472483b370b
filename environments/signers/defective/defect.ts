import type { ClauseId } from '../../../harness/contract/signer-auth-v1/clauses.ts';

/** One fault planted in the reference signer on purpose, with the finding that must give it away. */
export interface Defect {
  /** A sentence in kebab case. Never renamed: kill scores are compared by it. */
  readonly id: string;
  /** The promise that a signer with this defect breaks. */
  readonly clause: ClauseId;
  /** The scenario, the check over the whole history, or the course of a drill that must fail. */
  readonly case: string;
  /** The scenarios whose requests bring it out, where `case` is a check and sends none of its own. */
  readonly broughtOutBy?: readonly string[];
  readonly summary: string;
  readonly edits: readonly Edit[];
}

/** What a careless author would have written in place of what is right. */
export interface Edit {
  /** A source file of the reference signer. */
  readonly file: string;
  /** A text that occurs exactly once in that file. */
  readonly correct: string;
  readonly wrong: string;
}
