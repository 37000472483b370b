import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** As many processes as there are processors, each of which wants one for itself. Disposing of it ends them. */
export function keepProcessorsBusy(): AsyncDisposable {
  const loops = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', LOOP, String(process.pid)], { stdio: 'ignore' }),
  );
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.map(end));
    },
  };
}

// Ends by itself once whoever started it is gone: nobody else would.
const LOOP = 'while (process.ppid === Number(process.argv[1])) for (let i = 0; i < 1e6; i += 1);';

async function end(loop: ChildProcess): Promise<void> {
  if (loop.pid === undefined || loop.exitCode !== null || loop.signalCode !== null) return;
  const exited = once(loop, 'exit');
  loop.kill('SIGKILL');
  await exited;
}
