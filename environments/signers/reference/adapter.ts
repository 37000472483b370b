import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineSigner } from '../../../harness/signer/adapter.ts';

// Beside this file lies the signer, as TypeScript in a checkout and as JavaScript in the published package.
const program = `{adapter}/signer${extname(fileURLToPath(import.meta.url))}`;

/** The signer a newcomer sees: every clause kept, every optional part there. */
export default defineSigner({
  name: 'reference signer',
  start: { command: ['{node}', program, '--config', '{work}/signer.json'] },
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
      },
    },
  ],
  apply: { by: 'signal', signal: 'SIGHUP' },
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
});
