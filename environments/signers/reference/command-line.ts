import { parseArgs } from 'node:util';

/** The one argument that the signer's programs take. */
export function configFile(): string {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    if (values.config !== undefined) return values.config;
  } catch {
    // Falls through to the one message that says what the arguments are.
  }
  return fail('Cannot start: the only argument is --config FILE.json');
}

/** Ends the program with one line for whoever started it. */
export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
