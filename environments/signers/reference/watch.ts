import { referenceSigner } from './adapter.ts';

/** The reference signer watching its files, which are replaced one by one. */
export default referenceSigner('watch', {
  name: 'reference signer that watches files',
  apply: { by: 'watch', as: 'files' },
});
