import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AdapterInput, defineSigner } from '../../../harness/signer/adapter.ts';

// Beside this file lie the signer's programs, as TypeScript in a checkout and as JavaScript in the published package.
const extension = extname(fileURLToPath(import.meta.url));

/** One of the signer's programs, for its configuration, which it looks for where it is started. */
export const program = (name: 'signer' | 'reload'): [string, ...string[]] => [
  '{node}',
  `{adapter}/${name}${extension}`,
  '--config',
  'signer.json',
];

/** The reference signer in all its variants, which differ in how a change reaches it. */
export const referenceSigner = (
  reload: 'signal' | 'watch' | 'command',
  variant: Pick<AdapterInput, 'name' | 'apply'> & Partial<AdapterInput>,
): AdapterInput =>
  defineSigner({
    start: { command: program('signer'), directory: '{work}' },
    files: [
      {
        path: '{work}/signer.json',
        content: {
          replica: '{replica}',
          listen: { host: '{host}', port: '{port}' },
          tls: { certificateFile: '{certificateFile}', keyFile: '{keyFile}', clientCaFile: '{clientCaFile}' },
          requireMtls: '{requireMtls}',
          timestampMaxAgeMs: '{timestampMaxAgeMs}',
          nonceTtlSeconds: '{nonceTtlSeconds}',
          clients: '{clients}',
          replayStore: {
            host: '{redisHost}',
            port: '{redisPort}',
            database: '{redisDatabase}',
            keyPrefix: '{keyPrefix}',
            timeoutMs: 1000,
          },
          reload,
        },
      },
    ],
    ready: { get: '/health' },
    readiness: { get: '/ready' },
    dialect: {
      answers: [
        { errorCode: 'INVALID_REQUEST_BODY', means: ['BODY_REFUSED'] },
        { errorCode: 'NOT_FOUND', means: ['NOT_SERVED'] },
        { errorCode: 'METHOD_NOT_ALLOWED', means: ['NOT_SERVED'] },
        { errorCode: 'PAYLOAD_TOO_LARGE', means: ['BODY_REFUSED', 'MALFORMED_REQUEST'] },
      ],
    },
    bounds: { appliesWithinMs: 1000 },
    ...variant,
  });

/** The signer a newcomer sees: every clause kept, every optional part there. */
export default referenceSigner('signal', {
  name: 'reference signer',
  apply: { by: 'signal', signal: 'SIGHUP' },
});
