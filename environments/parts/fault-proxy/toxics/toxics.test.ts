import { describe } from 'vitest';
import { pause } from '../../../../harness/clock.ts';
import { comparison, DIRECTIONS, type Scene, within } from '../comparison.fixture.ts';
import { pace, type Peer } from '../peer.fixture.ts';

const bothShow = comparison();

/** Long enough for bytes to be where they are held, which nothing outside can see. */
const settled = (): Promise<void> => pause(300);

/** Longer than any test lasts. */
const FOR_EVER = 1_000_000;

/** How both ends see a connection end. */
const ends = async (from: Peer, to: Peer) => ({ from: await from.end, to: await to.end });

/** How many of so many connections something happens to, as one word. */
async function share(count: number, happens: () => Promise<boolean>): Promise<'none' | 'some' | 'all'> {
  const happened = await Promise.all(Array.from({ length: count }, happens));
  if (happened.every(Boolean)) return 'all';
  return happened.some(Boolean) ? 'some' : 'none';
}

describe.each(DIRECTIONS)('%s', (stream) => {
  const on = { stream };

  describe('latency', () => {
    bothShow(
      `${stream} latency holds each piece back by itself, in its direction alone`,
      async ({ connects, adds }) => {
        await adds('latency', { latency: 2_000 }, on);
        const { from, to } = await connects(stream);
        const back = pace(from.hears(1));
        to.say('x');
        const first = pace(to.hears(1));
        const last = pace(to.hears(4));
        for (const letter of 'abcd') {
          from.say(letter);
          await pause(100);
        }
        return [await first, await last, to.text, await back];
      },
      ['soon', 'soon', 'abcd', 'at once'],
    );

    bothShow(
      `${stream} latency lets what it holds go when it is shortened`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('latency', { latency: FOR_EVER }, on);
        await sayApart(from, 'abc');
        const held = to.text;
        await toxic.update({ ...toxic.toJson(), attributes: { latency: 0, jitter: 0 } });
        return [held, await pace(to.hears(3)), to.text];
      },
      ['', 'at once', 'abc'],
    );

    bothShow(
      `${stream} latency lets what it holds go when it is taken off`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('latency', { latency: FOR_EVER }, on);
        await sayApart(from, 'abc');
        const held = to.text;
        await toxic.remove();
        from.say('d');
        return [held, await pace(to.hears(4)), to.text];
      },
      ['', 'at once', 'abcd'],
    );

    bothShow(
      `${stream} latency lets the one piece it waits with go when another toxic comes after it`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        await adds('latency', { latency: FOR_EVER }, on);
        await sayApart(from, 'abc');
        await adds('noop', {}, on);
        await to.hears(1);
        await settled();
        return to.text;
      },
      'a',
    );

    bothShow(
      `${stream} latency holds the end back with what comes before it`,
      async ({ connects, adds }) => {
        await adds('latency', { latency: 2_000 }, on);
        const { from, to } = await connects(stream);
        from.say('a').socket.end();
        return [await pace(to.end), to.text, await ends(from, to)];
      },
      ['soon', 'a', { from: 'fin', to: 'fin' }],
    );

    bothShow(
      `${stream} latency does not hold back an end with nothing before it`,
      async ({ connects, adds }) => {
        await adds('latency', { latency: 2_000 }, on);
        const { from, to } = await connects(stream);
        from.socket.end();
        return pace(to.end);
      },
      'at once',
    );

    bothShow(
      `${stream} latency after latency adds up`,
      async ({ proxy, connects, adds }) => {
        await adds('latency', { latency: 3_000 }, on);
        await proxy.addToxic({
          name: 'more',
          type: 'latency',
          stream,
          toxicity: 1,
          attributes: { latency: 3_000 },
        });
        const { from, to } = await connects(stream);
        from.say('a');
        return pace(to.hears(1));
      },
      'late',
    );

    bothShow(
      `${stream} latency varies by its jitter, to nothing and beyond`,
      async ({ connects, adds }) => {
        await adds('latency', { latency: 0, jitter: FOR_EVER }, on);
        return share(20, async () => {
          const { from, to } = await connects(stream);
          from.say('a');
          return (await within(2_000, to.hears(1))) === 'nothing';
        });
      },
      'some',
    );

    bothShow(
      `${stream} latency varies by no more than its jitter`,
      async ({ connects, adds }) => {
        await adds('latency', { latency: 2_750, jitter: 750 }, on);
        const { from, to } = await connects(stream);
        from.say('a');
        return pace(to.hears(1));
      },
      'soon',
    );
  });

  describe('bandwidth', () => {
    const much = Buffer.from(Array.from({ length: 60_000 }, (_, at) => at % 251));

    bothShow(
      `${stream} bandwidth passes so many kilobytes a second on, from the first tenth of a second`,
      async ({ connects, adds }) => {
        await adds('bandwidth', { rate: 10 }, on);
        const { from, to } = await connects(stream);
        const first = pace(to.hears(1));
        const last = pace(to.hears(much.length));
        from.say(much);
        return [await first, await last, Buffer.concat(to.pieces).equals(much)];
      },
      ['at once', 'late', true],
    );

    bothShow(
      `${stream} bandwidth lets the rest go when it is widened`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('bandwidth', { rate: 1 }, on);
        from.say(much);
        await to.hears(100);
        await toxic.update({ ...toxic.toJson(), attributes: { rate: 100_000 } });
        return [await pace(to.hears(much.length)), Buffer.concat(to.pieces).equals(much)];
      },
      ['at once', true],
    );

    bothShow(
      `${stream} bandwidth lets the rest go when it is taken off`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('bandwidth', { rate: 1 }, on);
        from.say(much);
        await to.hears(100);
        await toxic.remove();
        return [await pace(to.hears(much.length)), Buffer.concat(to.pieces).equals(much)];
      },
      ['at once', true],
    );

    bothShow(
      `${stream} bandwidth of nothing passes nothing on until it is widened`,
      async ({ connects, adds }) => {
        const toxic = await adds('bandwidth', { rate: 0 }, on);
        const { from, to } = await connects(stream);
        from.say('abc');
        const heard = await within(1_000, to.hears(1));
        await toxic.update({ ...toxic.toJson(), attributes: { rate: 100 } });
        return [heard, await pace(to.hears(3)), to.text];
      },
      ['nothing', 'at once', 'abc'],
    );
  });

  describe('slow_close', () => {
    bothShow(
      `${stream} slow_close passes all on but the end, which it delays`,
      async ({ connects, adds }) => {
        await adds('slow_close', { delay: 2_000 }, on);
        const { from, to } = await connects(stream);
        const passed = pace(to.hears(1));
        const closed = pace(to.end);
        from.say('a').socket.end();
        return [await passed, await closed, await ends(from, to)];
      },
      ['at once', 'soon', { from: 'fin', to: 'fin' }],
    );

    bothShow(
      `${stream} slow_close leaves the other direction open meanwhile`,
      async ({ connects, adds }) => {
        await adds('slow_close', { delay: 2_000 }, on);
        const { from, to } = await connects(stream);
        from.say('question').socket.end();
        await to.hears(8);
        to.say('answer');
        return [await pace(from.hears(6)), from.text];
      },
      ['at once', 'answer'],
    );

    bothShow(
      `${stream} slow_close closes when it is shortened`,
      async ({ connects, adds }) => {
        const toxic = await adds('slow_close', { delay: FOR_EVER }, on);
        const { from, to } = await connects(stream);
        from.socket.end();
        await settled();
        await toxic.update({ ...toxic.toJson(), attributes: { delay: 0 } });
        return pace(to.end);
      },
      'at once',
    );

    bothShow(
      `${stream} slow_close begins its delay anew when it is changed`,
      async ({ connects, adds }) => {
        const toxic = await adds('slow_close', { delay: FOR_EVER }, on);
        const { from, to } = await connects(stream);
        from.socket.end();
        await settled();
        await toxic.update({ ...toxic.toJson(), attributes: { delay: FOR_EVER + 1 } });
        return within(1_000, to.end);
      },
      'nothing',
    );

    bothShow(
      `${stream} slow_close closes when it is taken off`,
      async ({ connects, adds }) => {
        const toxic = await adds('slow_close', { delay: FOR_EVER }, on);
        const { from, to } = await connects(stream);
        from.say('a').socket.end();
        await settled();
        await toxic.remove();
        return [await pace(to.end), to.text];
      },
      ['at once', 'a'],
    );
  });

  describe('timeout', () => {
    bothShow(
      `${stream} timeout drops everything, and closes after its time`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        await adds('timeout', { timeout: 2_000 }, on);
        from.say('a');
        const back = pace(from.hears(1));
        to.say('x');
        return [await pace(to.end), to.text, await back, await ends(from, to)];
      },
      ['soon', '', 'at once', { from: 'fin', to: 'fin' }],
    );

    bothShow(
      `${stream} timeout begins anew with everything it drops`,
      async ({ connects, adds }) => {
        await adds('timeout', { timeout: 2_000 }, on);
        const { from, to } = await connects(stream);
        const closed = pace(to.end);
        for (const letter of 'abcde') {
          from.say(letter);
          await pause(800);
        }
        return [await closed, to.text];
      },
      ['late', ''],
    );

    bothShow(
      `${stream} timeout of nothing closes only when it is taken off`,
      async ({ connects, adds }) => {
        const toxic = await adds('timeout', { timeout: 0 }, on);
        const { from, to } = await connects(stream);
        from.say('a');
        const untouched = await within(1_500, to.end);
        await toxic.remove();
        return [untouched, await pace(to.end), to.text, await ends(from, to)];
      },
      ['nothing', 'at once', '', { from: 'fin', to: 'fin' }],
    );

    bothShow(
      `${stream} timeout counts from when it is changed`,
      async ({ connects, adds }) => {
        const toxic = await adds('timeout', { timeout: FOR_EVER }, on);
        const { to } = await connects(stream);
        await settled();
        const closed = pace(to.end);
        await toxic.update({ ...toxic.toJson(), attributes: { timeout: 2_000 } });
        return closed;
      },
      'soon',
    );

    bothShow(
      `${stream} timeout passes an end on at once`,
      async ({ connects, adds }) => {
        await adds('timeout', { timeout: 0 }, on);
        const { from, to } = await connects(stream);
        from.say('a').socket.end();
        return [await pace(to.end), to.text, await ends(from, to)];
      },
      ['at once', '', { from: 'fin', to: 'fin' }],
    );
  });

  describe('reset_peer', () => {
    bothShow(
      `${stream} reset_peer resets at the first piece, which it drops`,
      async ({ connects, adds }) => {
        await adds('reset_peer', { timeout: 0 }, on);
        const { from, to } = await connects(stream);
        const untouched = await within(1_000, to.end);
        from.say('a');
        return [untouched, await pace(to.end), to.text, await ends(from, to)];
      },
      ['nothing', 'at once', '', { from: 'reset', to: 'reset' }],
    );

    bothShow(
      `${stream} reset_peer waits its time from the first piece on`,
      async ({ connects, adds }) => {
        await adds('reset_peer', { timeout: 2_000 }, on);
        const { from, to } = await connects(stream);
        from.say('a');
        return [await pace(to.end), await ends(from, to)];
      },
      ['soon', { from: 'reset', to: 'reset' }],
    );

    bothShow(
      `${stream} reset_peer only closes what was open before it`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        await adds('reset_peer', { timeout: 0 }, on);
        from.say('a');
        return [await ends(from, to), to.text];
      },
      [{ from: 'fin', to: 'fin' }, ''],
    );

    bothShow(
      `${stream} reset_peer resets what began under it, even when it is taken off`,
      async ({ connects, adds }) => {
        const toxic = await adds('reset_peer', { timeout: 0 }, on);
        const { from, to } = await connects(stream);
        await toxic.remove();
        from.say('a');
        await to.hears(1);
        from.socket.end();
        return [to.text, await ends(from, to)];
      },
      ['a', { from: 'reset', to: 'reset' }],
    );
  });

  describe('slicer', () => {
    bothShow(
      `${stream} slicer halves until pieces are small enough, and pauses after each`,
      async ({ connects, adds }) => {
        await adds('slicer', { average_size: 150, delay: 300_000 }, on);
        const { from, to } = await connects(stream);
        from.say('x'.repeat(1_000));
        const took = await pace(to.hears(1_000));
        // Two pieces may arrive as one, but none is cut elsewhere.
        return [took, to.pieces.length > 1, to.pieces.every(({ length }) => length % 125 === 0)];
      },
      ['soon', true, true],
    );

    bothShow(
      `${stream} slicer keeps bytes and order, however it varies`,
      async ({ connects, adds }) => {
        await adds('slicer', { average_size: 20, size_variation: 10, delay: 0 }, on);
        const { from, to } = await connects(stream);
        const text = Array.from({ length: 2_000 }, (_, at) => at).join();
        from.say(text);
        await to.hears(text.length);
        return to.text === text;
      },
      true,
    );

    bothShow(
      `${stream} slicer lets the rest go when it is taken off`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('slicer', { average_size: 150, delay: FOR_EVER * 1_000 }, on);
        from.say('x'.repeat(1_000));
        await to.hears(1);
        await settled();
        const first = to.bytes;
        await toxic.remove();
        return [first, await pace(to.hears(1_000))];
      },
      [125, 'at once'],
    );
  });

  describe('limit_data', () => {
    bothShow(
      `${stream} limit_data closes when so many bytes have passed`,
      async ({ connects, adds }) => {
        await adds('limit_data', { bytes: 10 }, on);
        const { from, to } = await connects(stream);
        await sayApart(from, ['abcdef', 'ghijkl']);
        return [await ends(from, to), to.text];
      },
      [{ from: 'fin', to: 'fin' }, 'abcdefghij'],
    );

    bothShow(
      `${stream} limit_data waits for nothing when the limit is met exactly`,
      async ({ connects, adds }) => {
        await adds('limit_data', { bytes: 3 }, on);
        const { from, to } = await connects(stream);
        from.say('abc');
        return [await pace(to.end), to.text];
      },
      ['at once', 'abc'],
    );

    bothShow(
      `${stream} limit_data counts what has passed when it is changed`,
      async ({ connects, adds }) => {
        const toxic = await adds('limit_data', { bytes: 10 }, on);
        const { from, to } = await connects(stream);
        from.say('abcdef');
        await to.hears(6);
        await toxic.update({ ...toxic.toJson(), attributes: { bytes: 8 } });
        from.say('ghijkl');
        await to.end;
        return to.text;
      },
      'abcdefgh',
    );

    bothShow(
      `${stream} limit_data counts from when it is added`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        from.say('abcdef');
        await to.hears(6);
        await adds('limit_data', { bytes: 3 }, on);
        from.say('ghijkl');
        await to.end;
        return to.text;
      },
      'abcdefghi',
    );

    bothShow(
      `${stream} limit_data of nothing closes at the first piece`,
      async ({ connects, adds }) => {
        await adds('limit_data', { bytes: 0 }, on);
        const { from, to } = await connects(stream);
        const untouched = await within(500, to.end);
        from.say('a');
        return [untouched, await ends(from, to), to.text];
      },
      ['nothing', { from: 'fin', to: 'fin' }, ''],
    );

    bothShow(
      `${stream} limit_data leaves much unread, and so resets whoever sent it`,
      async ({ connects, adds }) => {
        await adds('limit_data', { bytes: 10 }, on);
        const { from, to } = await connects(stream);
        from.say(Buffer.alloc(4 << 20));
        return [await ends(from, to), to.bytes];
      },
      [{ from: 'reset', to: 'fin' }, 10],
    );
  });

  describe('noop', () => {
    bothShow(
      `${stream} noop changes nothing`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        const toxic = await adds('noop', {}, on);
        from.say('a');
        await to.hears(1);
        await toxic.remove();
        from.say('b').socket.end();
        return [await ends(from, to), to.text];
      },
      [{ from: 'fin', to: 'fin' }, 'ab'],
    );
  });

  describe('toxicity', () => {
    const affected = async ({ connects, adds }: Scene, toxicity: number) => {
      await adds('latency', { latency: FOR_EVER }, { stream, toxicity });
      return share(20, async () => {
        const { from, to } = await connects(stream);
        from.say('a');
        return (await within(2_000, to.hears(1))) === 'nothing';
      });
    };

    bothShow(`${stream} toxicity of 0 affects no connection`, (scene) => affected(scene, 0), 'none');
    bothShow(
      `${stream} toxicity of a half affects some connections`,
      (scene) => affected(scene, 0.5),
      'some',
    );
    bothShow(`${stream} toxicity of 1 affects all connections`, (scene) => affected(scene, 1), 'all');

    bothShow(
      `${stream} toxicity is drawn anew for open connections when it is changed`,
      async ({ connects, adds }) => {
        const toxic = await adds('latency', { latency: FOR_EVER }, { stream, toxicity: 0 });
        const { from, to } = await connects(stream);
        from.say('a');
        await to.hears(1);
        await toxic.update({ ...toxic.toJson(), toxicity: 1 });
        from.say('b');
        return within(1_000, to.hears(2));
      },
      'nothing',
    );
  });

  describe('several toxics', () => {
    bothShow(
      `${stream} toxics act in the order in which they were added`,
      async ({ connects, adds }) => {
        await adds('slow_close', { delay: 3_000 }, on);
        await adds('timeout', { timeout: 3_000 }, on);
        return pace(connects(stream).then(({ to }) => to.end));
      },
      'soon',
    );

    bothShow(
      `${stream} toxics act in the other order when they were added in the other`,
      async ({ connects, adds }) => {
        await adds('timeout', { timeout: 3_000 }, on);
        await adds('slow_close', { delay: 3_000 }, on);
        return pace(connects(stream).then(({ to }) => to.end));
      },
      'late',
    );

    bothShow(
      `${stream} one toxic is taken from between others without a byte lost`,
      async ({ connects, adds }) => {
        const { from, to } = await connects(stream);
        await adds('slicer', { average_size: 64, size_variation: 8, delay: 0 }, on);
        const between = await adds('latency', { latency: 1 }, on);
        await adds('bandwidth', { rate: 2_000 }, on);
        const text = Array.from({ length: 100_000 }, (_, at) => at).join();
        from.say(text).socket.end();
        await to.hears(1_000);
        await between.remove();
        await to.end;
        return to.text === text;
      },
      true,
    );
  });
});

async function sayApart(peer: Peer, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    peer.say(piece);
    await settled();
  }
}
