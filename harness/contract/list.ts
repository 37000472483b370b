import { UsageError } from '../errors.ts';
import { signerAuthV1 } from './signer-auth-v1/signer-auth-v1.ts';

const contracts = { [signerAuthV1.id]: signerAuthV1 };

/** The contract a history names. */
export function contractCalled(id: string) {
  const contract = contracts[id];
  if (!contract)
    throw new UsageError(`No contract "${id}"; this version knows ${Object.keys(contracts).join(', ')}`);
  return contract;
}
