import { referenceSigner } from './adapter.ts';

/** The reference signer as one that reads its configuration at start only. */
export default referenceSigner('signal', {
  name: 'reference signer that is restarted',
  apply: { by: 'restart' },
  claims: { 'reload/without-restart': 'it is restarted for every change' },
  bounds: {},
});
