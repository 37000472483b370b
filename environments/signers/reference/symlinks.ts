import { referenceSigner } from './adapter.ts';

/** The reference signer watching its files, mounted the way Kubernetes mounts secrets. */
export default referenceSigner('watch', {
  name: 'reference signer that watches mounted secrets',
  apply: { by: 'watch', as: 'symlinks' },
});
