import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';

/** What the lines on a terminal are made with. */
export const onTerminal = {
  clauses: signerAuthV1.clauses,
  colour: process.stdout.isTTY && process.stdout.hasColors(),
};
