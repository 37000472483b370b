import { parseArgs } from 'node:util';

let reload = (): void => {};

// The handler comes before the imports: a SIGHUP that arrives while they load must not kill the process. It may be
// forgotten, because the configuration is read after them.
process.on('SIGHUP', () => reload());

const { ConfigError, readConfig } = await import('./config.ts');
const { openLog } = await import('./log.ts');
const { ReplayStore } = await import('./replay-store.ts');
const { SignerServer } = await import('./server.ts');

const STOP_WITHIN_MS = 900;

try {
  start(configFile());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  fail(error.message);
}

function start(file: string): void {
  const config = readConfig(file);
  const log = openLog(config.replica);
  const store = new ReplayStore(config.replayStore, config.replica, log);
  const server = new SignerServer(config, store, log);

  server.listen((reason) => fail(`Cannot listen on ${config.listen.host}:${config.listen.port}: ${reason}`));

  reload = () => {
    try {
      server.apply(readConfig(file));
      log('reload-applied');
    } catch (error) {
      log('reload-refused', { reason: error instanceof ConfigError ? error.message : 'Unexpected failure' });
    }
  };

  const stop = async (): Promise<void> => {
    log('stopping');
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    await server.close();
    store.close();
    log('stopped');
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

function configFile(): string {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    if (values.config !== undefined) return values.config;
  } catch {
    // Falls through to the one message that says what the arguments are.
  }
  return fail('Cannot start the signer: the only argument is --config FILE.json');
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
