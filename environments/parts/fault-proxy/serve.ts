import { startBuiltIn } from './built-in.ts';

/** The built-in server as a program of its own. It takes the port of its API, and says when it serves. */
const { at } = await startBuiltIn({ port: Number(process.argv[2] ?? 8474) });
process.stdout.write(`http://${at.host}:${at.port}\n`);
