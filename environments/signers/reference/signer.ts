import { dirname } from 'node:path';

let onHangUp = (): void => {};

// The handler comes before the imports: a SIGHUP that arrives while they load must not kill the process. It may be
// forgotten, because the configuration is read after them.
process.on('SIGHUP', () => onHangUp());

const { configFile, fail } = await import('./command-line.ts');
const { ConfigError, readConfig } = await import('./config.ts');
const { watchDirectories } = await import('./file-watch.ts');
const { openLog } = await import('./log.ts');
const { openReloadSocket, reloadSocket } = await import('./reload-socket.ts');
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

  /** Reads everything and changes nothing yet; what it returns does, and says why where it does not. */
  const prepareReload = (): (() => string | undefined) => {
    try {
      const next = readConfig(file);
      return () => {
        server.apply(next);
        log('reload-applied');
        return undefined;
      };
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'Unexpected failure';
      return () => {
        log('reload-refused', { reason });
        return reason;
      };
    }
  };
  const reload = (): string | undefined => prepareReload()();

  if (config.reload === 'signal') onHangUp = reload;
  if (config.reload === 'watch') {
    watchDirectories(new Set([file, ...config.tls.files].map((each) => dirname(each))), prepareReload);
    // What changed before the watch began.
    reload();
  }
  if (config.reload === 'command') {
    const path = reloadSocket(file);
    openReloadSocket(path, reload, (reason) => fail(`Cannot listen on ${path}: ${reason}`));
  }
  server.listen((reason) => fail(`Cannot listen on ${config.listen.host}:${config.listen.port}: ${reason}`));

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
