import { findingsFileSchema, type FindingsFile } from '../harness/judge/findings.ts';

/** findings.json: every finding as it is, in the order of the run, so that two runs compare line by line. */
export const renderFindings = (findings: FindingsFile): string =>
  `${JSON.stringify(findingsFileSchema.parse(findings), undefined, 2)}\n`;
