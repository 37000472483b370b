import { connect } from 'node:net';

import { configFile, fail } from './command-line.ts';
import { APPLIED, reloadSocket } from './reload-socket.ts';

/** Asks the signer that runs on a configuration to read it again; exits with 0 when it has been applied. */
const signer = connect(reloadSocket(configFile())).setEncoding('utf8');
let answer = '';
signer.on('data', (text) => (answer += String(text)));
signer.on('error', (error: NodeJS.ErrnoException) => fail(`Cannot ask the signer to reload: ${error.code}`));
signer.on('end', () => {
  if (answer !== APPLIED) fail(`Reload refused: ${answer || 'the signer ended without an answer'}`);
});
