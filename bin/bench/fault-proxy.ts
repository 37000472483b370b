import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../environments/parts/child.ts';
import { startToxiproxy } from '../../environments/parts/fault-proxy/toxiproxy.ts';
import { type Journal, openJournal } from '../../environments/parts/journal.ts';
import { LOOPBACK, reservePorts } from '../../environments/parts/ports.ts';
import { untilReady } from '../../environments/parts/until-ready.ts';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { atLeast, atMost, median, type Measurement, shown, spread } from './measurement.ts';

const ROUNDS = 9;
const WARM_UP_MS = 200;
const FLOOD_MS = 800;
const ECHOES = 3_000;
const BLOCK = Buffer.alloc(64 * 1024, 'flood');

/** What the built-in fault proxy costs while no fault is on, against what Toxiproxy's own server costs. */
export const faultProxy: Measurement = {
  name: 'fault-proxy',
  about: 'the built-in fault proxy without faults against Toxiproxy',
  async measure({ print }) {
    await using started = new AsyncDisposableStack();
    const journal = started.use(openJournal());
    process.on('exit', () => journal.undoNow());
    const ports = started.use(await reservePorts());
    const echo = started.use(createServer((socket) => void socket.on('error', () => undefined).pipe(socket)));
    await once(echo.listen(0, LOOPBACK), 'listening');
    const { port: direct } = echo.address() as AddressInfo;
    const realApi = await ports.take();
    started.use(await startToxiproxy({ program: 'toxiproxy-server', journal, port: realApi }));
    const builtInApi = await ports.take();
    started.use(await startAlone(journal, builtInApi));
    const real = await proxyTo(direct, realApi);
    const builtIn = await proxyTo(direct, builtInApi);

    const rounds: { real: Cost; builtIn: Cost }[] = [];
    for (let at = 1; at <= ROUNDS; at += 1) {
      const directUs = await echoUs(direct);
      const round = { real: await cost(real, directUs), builtIn: await cost(builtIn, directUs) };
      print(
        `round ${at}: direct ${shown(directUs, 'µs')}; Toxiproxy ${told(round.real)}; built-in ${told(round.builtIn)}`,
      );
      rounds.push(round);
    }
    for (const who of ['real', 'builtIn'] as const) {
      const costs = rounds.map((round) => round[who]);
      print(
        `${who}: ${spread(
          costs.map(({ mbPerS }) => mbPerS),
          'MB/s',
        )}`,
      );
      print(
        `${who} adds: ${spread(
          costs.map(({ addedUs }) => addedUs),
          'µs',
        )}`,
      );
    }
    // Round by round, since what else the machine does comes and goes.
    const ratio = (of: keyof Cost): number =>
      median(rounds.map((round) => round.builtIn[of] / round.real[of]));
    return [
      atLeast('throughput, built-in / Toxiproxy', ratio('mbPerS'), 0.5),
      atMost('added median latency, built-in / Toxiproxy', ratio('addedUs'), 1.5),
    ];
  },
};

interface Cost {
  /** What comes back of a flood that goes to an echo through the proxy. */
  readonly mbPerS: number;
  /** What is added to the median time until a little comes back. */
  readonly addedUs: number;
}

const told = ({ mbPerS, addedUs }: Cost): string => `${shown(mbPerS, 'MB/s')} and +${shown(addedUs, 'µs')}`;

/** In a process of its own, as the other is. */
async function startAlone(journal: Journal, port: number): Promise<AsyncDisposable> {
  const serve = new URL('../../environments/parts/fault-proxy/serve.ts', import.meta.url);
  const child = await startChild({
    name: 'fault-proxy',
    command: process.execPath,
    args: [fileURLToPath(serve), String(port)],
    cwd: journal.workDirectory,
    journal,
  });
  const serves = async (): Promise<boolean> => child.output.text().includes('\n');
  await untilReady(child, serves, { deadlineMs: 10_000, redact: (text) => text });
  return child;
}

async function proxyTo(upstream: number, api: number): Promise<number> {
  const response = await fetch(`http://${LOOPBACK}:${api}/proxies`, {
    method: 'POST',
    body: JSON.stringify({ name: 'echo', listen: `${LOOPBACK}:0`, upstream: `${LOOPBACK}:${upstream}` }),
  });
  const { listen } = (await response.json()) as { listen: string };
  return Number(listen.split(':')[1]);
}

async function cost(port: number, directUs: number): Promise<Cost> {
  return { mbPerS: await floodMbPerS(port), addedUs: (await echoUs(port)) - directUs };
}

async function floodMbPerS(port: number): Promise<number> {
  const socket = await connected(port);
  const flood = (): void => {
    while (socket.writable && socket.write(BLOCK));
  };
  socket.on('drain', flood).resume();
  flood();
  await pause(WARM_UP_MS);
  const before = socket.bytesRead;
  const from = monotonicMs();
  await pause(FLOOD_MS);
  const bytes = socket.bytesRead - before;
  const tookMs = monotonicMs() - from;
  socket.destroy();
  return bytes / 1_000 / tookMs;
}

async function echoUs(port: number): Promise<number> {
  const socket = await connected(port);
  const took: number[] = [];
  for (let at = 0; at < ECHOES; at += 1) {
    const from = monotonicMs();
    socket.write('a little');
    await once(socket, 'data');
    took.push((monotonicMs() - from) * 1_000);
  }
  socket.destroy();
  return median(took);
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: LOOPBACK, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}
