import { program, referenceSigner } from './adapter.ts';

/** The reference signer told by a command, which says when the change has been applied. */
export default referenceSigner('command', {
  name: 'reference signer that is told by a command',
  apply: { by: 'command', command: program('reload') },
  // The command is a program that has to be started first.
  bounds: { appliesWithinMs: 2000 },
});
