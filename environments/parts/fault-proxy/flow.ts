import { monotonicMs } from '../../../harness/clock.ts';
import { type Chunk, Conduit } from './conduit.ts';
import type { Count } from './metrics.ts';
import { Stage } from './stage.ts';
import type { Toxic } from './toxic.ts';
import { passOn } from './toxics/noop.ts';
import { close, send, type Wire } from './wire.ts';

/** A stage and what runs on it. The first is always the one that does nothing, before all toxics. */
interface Place {
  readonly toxic: Toxic | undefined;
  readonly stage: Stage;
}

/**
 * One direction of one connection: from one end through a stage for each toxic to the other end. Whatever is changed
 * is changed while the stage before it holds still, so that no byte is lost or overtakes another.
 */
export class Flow {
  readonly #places: Place[] = [];
  readonly #to: Wire;
  readonly #out: Conduit;
  readonly #count: Count;

  constructor({ from, to, toxics, count }: { from: Wire; to: Wire; toxics: readonly Toxic[]; count: Count }) {
    this.#to = to;
    this.#count = count;
    let input = new Conduit();
    read(from, input, count);
    for (const [at, toxic] of [undefined, ...toxics].entries()) {
      const output = new Conduit(toxics[at]?.kind.room);
      this.#places.push({ toxic, stage: new Stage(input, output) });
      if (toxic?.kind.endsInReset) from.endsInReset = to.endsInReset = true;
      input = output;
    }
    this.#out = input;
    for (const place of this.#places) run(place);
  }

  /** Sends what comes through, to its end or until nothing can be sent. Then the whole of that connection is closed. */
  async run(): Promise<void> {
    for (let sent = 0; ;) {
      const chunk = await new Promise<Chunk | undefined>((taken) => this.#out.take(taken));
      if (chunk === undefined) {
        this.#count.sent(sent);
        break;
      }
      if (!(await send(this.#to, chunk.bytes))) break;
      sent += chunk.bytes.length;
    }
    close(this.#to);
    this.abandon();
  }

  /** Puts a toxic after the last one. */
  async add(toxic: Toxic): Promise<void> {
    const before = this.#places.at(-1)!;
    const between = new Conduit(toxic.kind.room);
    const place = { toxic, stage: new Stage(between, before.stage.output) };
    this.#places.push(place);
    if (!(await before.stage.interrupt())) return place.stage.close();
    before.stage.output = between;
    run(place);
    run(before);
  }

  /** Lets a toxic begin anew, with its attributes as they are now. */
  async update(toxic: Toxic): Promise<void> {
    const place = this.#placeOf(toxic);
    if (await place.stage.interrupt()) run(place);
  }

  /** Takes a toxic out; what waits for it is passed on without it. */
  async remove(toxic: Toxic): Promise<void> {
    const place = this.#placeOf(toxic);
    const { stage } = place;
    const at = this.#places.indexOf(place);
    const before = this.#places[at - 1]!;
    this.#places.splice(at, 1);
    if (!(await stage.interrupt())) return;
    if (toxic.kind.closesWhenRemoved) return stage.close();
    // The one before may be waiting to hand something on, so this one goes on taking until that one stands still.
    const emptied = empty(stage);
    stage.run(() => emptied);
    void before.stage.interrupt().then((stopped) => (stopped ? stage.interrupt() : undefined));
    await emptied;
    if (stage.closed) return;
    before.stage.output = stage.output;
    run(before);
  }

  /** Stops what no longer has anybody to act on. */
  abandon(): void {
    for (const { stage } of this.#places) stage.abandon();
  }

  #placeOf(toxic: Toxic): Place {
    return this.#places.find((place) => place.toxic === toxic)!;
  }
}

const run = ({ toxic, stage }: Place): void => stage.run(toxic?.pipe ?? passOn);

function read({ socket }: Wire, input: Conduit, count: Count): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    count.received(socket.bytesRead);
    input.end();
  };
  socket.on('data', (bytes: Buffer) => {
    const taken = input.put({ bytes, since: monotonicMs() });
    if (taken === undefined) return;
    socket.pause();
    void taken.then(() => socket.resume());
  });
  socket.on('end', end);
  socket.on('close', end);
  if (socket.destroyed) end();
  socket.resume();
}

/** Passes on what comes until interrupted, and then what is still held. */
async function empty(stage: Stage): Promise<void> {
  for (;;) {
    const next = await stage.next();
    if (next === 'ended') return stage.close();
    if (typeof next !== 'string') await stage.flush(next);
    else {
      for (const chunk of stage.input.leftovers()) await stage.flush(chunk);
      return;
    }
  }
}
