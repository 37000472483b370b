import { fileURLToPath } from 'node:url';
import { loadVectors } from '../../vectors/load.ts';
import { clauseOfVector } from '../../vectors/clauses.ts';
import { liveVectors } from './live.ts';

// The published package keeps data beside its sources, one folder further up.
const root = import.meta.url.includes('/dist/') ? '../../../' : '../../';

/** Our own vector files: the runbook's checklist, and the edges. */
export const vectorFiles = ['signer-auth-v1.json', 'signer-auth-v1-edge.json'].map((name) =>
  fileURLToPath(new URL(`${root}vectors/${name}`, import.meta.url)),
);

/** The edge vectors, live; the checklist's own are cases of their own. */
export async function edgeVectors() {
  const file = await loadVectors(vectorFiles[1]!);
  return liveVectors(file, ({ id }) => clauseOfVector[id]!);
}
