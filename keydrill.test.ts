import { readFile, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from './harness/judge/events.ts';
import { readHistory } from './harness/judge/history.ts';
import {
  bare,
  checkout,
  edgeVectors,
  expectComplaint,
  expectNoResult,
  findingsIn,
  launcher,
  one,
  place,
  publicVectors,
  recordIn,
  reference,
  reports,
  type Place,
} from './keydrill.fixture.ts';

// The commands as a user types them: child processes, with nothing of ours between them and the operating system.

describe.concurrent('words that mean nothing', () => {
  const mistakes: readonly (readonly [
    typed: string,
    tells: readonly string[],
    env?: Record<string, string>,
  ])[] = [
    ['gaet', ["'gaet'", 'Did you mean gate?', '--help']],
    ['gate --sed 3', ["'--sed'", 'Did you mean --seed?', '--help']],
    ['gate extra', ["'gate'", 'extra', '--help']],
    ['gate --seed', ["'--seed <n>'", 'missing']],
    ['gate --seed 0', ["'0'", 'whole number from 1 to 2147483647']],
    ['gate --seed -1', ["'-1'", 'whole number from 1']],
    ['gate --seed abc', ["'abc'", 'whole number from 1']],
    ['gate --seed 1e3', ["'1e3'", 'whole number from 1']],
    ['gate', ["'abc'", 'KEYDRILL_SEED', 'whole number from 1'], { KEYDRILL_SEED: 'abc' }],
    ['gate --env moon', ["'--env <name>'", "'moon'", 'process']],
    ['gate', ["'moon'", 'KEYDRILL_ENV', 'process'], { KEYDRILL_ENV: 'moon' }],
    [
      'gate --only unknown_clinet_rejected',
      ['"unknown_clinet_rejected"', 'did you mean "unknown_client_rejected"?'],
    ],
    ['gate --only zzzzzzzzzzzzzzzzzzzz', ['"zzzzzzzzzzzzzzzzzzzz"', 'keydrill list']],
    ['gate --only ,', ["'--only", "','", 'name a case']],
    ['gate --out=', ["'--out <dir>'", 'path']],
    ['gate --signer=', ["'--signer <adapter>'", 'path']],
    ['vectors', ["'file'", 'Missing']],
    ['vectors missing.json', ['missing.json', 'no such file']],
    ['judge', ["'run-dir'", 'Missing']],
    ['judge missing', ['missing', 'history.jsonl', 'reports/runs']],
    ['list nonsense', ["'nonsense'", 'scenarios', 'clauses', 'faults']],
    ['doctor --jsn', ["'--jsn'"]],
  ];

  test.for(mistakes)('keydrill %s', async ([typed, tells, env = {}]) => {
    await using here = await place();
    const ended = await here.keydrillWith({ env }, ...typed.split(' '));
    expectComplaint(ended, 2, tells);
    await expectNoResult(ended, here);
  });

  test('a variable that is empty is as good as none', async () => {
    await using here = await place();
    const env = { KEYDRILL_SEED: '', KEYDRILL_ENV: '', KEYDRILL_SIGNER: '', KEYDRILL_OUT: '' };
    expectComplaint(await here.keydrillWith({ env }, 'gate', '--only', 'nichts'), 2, ['"nichts"']);
  });

  test('no words at all give the help, and an exit code that no pipeline takes for green', async () => {
    await using here = await place();
    expect(await here.keydrill()).toMatchObject({
      code: 2,
      said: expect.stringContaining('Usage: keydrill') as string,
    });
    expect(await here.keydrill('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: keydrill') as string,
    });
  });
});

test('what is printed is whole, though a pipe holds less and its reader takes its time', async () => {
  await using here = await place();
  const slowly = ['sh', '-c', '"$@" | { sleep 1; cat; }', 'sh', launcher] as const;
  const { out } = await here.keydrillWith({ by: slowly }, 'list', 'courses', '--json');
  expect(out.length).toBeGreaterThan(80_000);
  const { courses } = JSON.parse(out) as { courses: unknown[] };
  expect(courses.length).toBeGreaterThan(100);
});

describe.concurrent('a place for the results that cannot be', () => {
  test.for([
    ['file', 'a file'],
    ['file/below', 'below a file'],
    ['/proc/nowhere/at/all', 'in a file system that holds none'],
  ])('--out %s, %s', async ([out]) => {
    await using here = await place();
    await here.write('file', 'mine');
    const ended = await here.keydrill('gate', '--only', 'unknown_client_rejected', '--out', out!);
    expectComplaint(ended, 2, [out!, 'name another directory with --out']);
    await expectNoResult(ended, here);
    expect(await here.read('file')).toBe('mine');
  });

  test('a folder that holds a run keeps it', async () => {
    await using here = await place();
    await here.write('out/history.jsonl', 'a run\n');
    expectComplaint(await here.keydrill(...one), 2, [here.at('here/out'), 'holds a run already', '--out']);
    expect(await here.texts()).toEqual([{ name: here.at('here/out/history.jsonl'), text: 'a run\n' }]);
  });

  test.for([
    ['relative', 'make it absolute'],
    ['/proc/nowhere/state', 'set KEYDRILL_STATE to a folder that can be written'],
  ])('KEYDRILL_STATE=%s', async ([state, tells]) => {
    await using here = await place();
    const ended = await here.keydrillWith({ env: { KEYDRILL_STATE: state! } }, ...one);
    expectComplaint(ended, 3, [state!, tells!]);
    await expectNoResult(ended, here);
  });
});

describe.concurrent('a vector file that cannot be used', () => {
  const spoilt = async (spoil: (file: VectorText) => unknown): Promise<string> => {
    const file = JSON.parse(await readFile(publicVectors, 'utf8')) as VectorText;
    return JSON.stringify(spoil(file) ?? file);
  };
  interface VectorText {
    spec: string;
    vectors: { id: string; steps: Record<string, unknown>[] }[];
  }
  const step = ({ vectors }: VectorText) =>
    vectors.find(({ id }) => id === 'replay_nonce_rejected')!.steps[0]!;

  test.for<[string, (file: VectorText) => unknown, string[]]>([
    ['of another contract', (file) => ({ ...file, spec: 'signer-auth-v7' }), ['spec', '"signer-auth-v7"']],
    [
      'with a timestamp that is no number',
      (file) => void (step(file)['timestamp'] = '12x'),
      ['"replay_nonce_rejected"', 'step 1', 'timestamp', '"12x"', 'decimal digits'],
    ],
    [
      'with a field that is too much',
      (file) => void (step(file)['extra'] = 1),
      ['"replay_nonce_rejected"', '"extra"', 'remove it'],
    ],
    ['that is a list', () => [], ['must be an object']],
  ])('one %s', async ([, spoil, tells]) => {
    await using here = await place();
    await here.write('some.json', await spoilt(spoil));
    // The good file beside it is not judged either: half an answer looks like a whole one.
    const ended = await here.keydrill('vectors', publicVectors, 'some.json');
    expectComplaint(ended, 2, ['some.json', ...tells]);
    expect(ended.out).toBe('');
  });

  test('one that is no JSON', async () => {
    await using here = await place();
    await here.write('some.json', '{"spec": "signer-auth-v1",\n secret: hunter2');
    const ended = await here.keydrill('vectors', 'some.json');
    expectComplaint(ended, 2, ['some.json', 'line 2, column 2']);
    expect(ended.said).not.toContain('hunter2');
  });

  test('one that disagrees with the contract is shown where, and is red', async () => {
    await using here = await place();
    const wrong = await spoilt(
      (file) => void (step(file)['expect'] = { ok: false, errorCode: 'AUTH_INVALID_HMAC' }),
    );
    await here.write('some.json', wrong);
    expect(await here.keydrill('vectors', 'some.json')).toMatchObject({ code: 1, said: '', left: [] });
    const { out } = await here.keydrill('vectors', 'some.json', '--only', 'replay_nonce_rejected');
    expect(out).toBe(
      'WRONG replay_nonce_rejected: step 1 expects AUTH_INVALID_HMAC, the contract says accepted\nsome.json: 0 of 1 vectors agree with the contract\n',
    );
    expectComplaint(await here.keydrill('vectors', 'some.json', '--only', 'replay_nonce_rejectd'), 2, [
      '"replay_nonce_rejected"?',
    ]);
  });
});

/** What a judge says to a history that is not as the run wrote it; from one run, since that is what it costs. */
async function expectSpoiltHistoriesRefused(here: Place): Promise<void> {
  const text = await here.read('out/history.jsonl');
  const lines = text.trimEnd().split('\n');
  const without = (type: string): string =>
    lines.filter((line) => !line.startsWith(`{"type":"${type}"`)).join('\n');
  const spoilt: readonly (readonly [name: string, text: string, tells: readonly string[]])[] = [
    ['empty', '', ['empty/history.jsonl is empty']],
    ['cut', text.slice(0, -40), [`cut/history.jsonl:${lines.length}: not a line of JSON`]],
    [
      'strange',
      `${lines[0]}\n{"type":"miracle","at":1}\n`,
      ['strange/history.jsonl:2: not an event', 'type'],
    ],
    ['headless', lines.slice(1).join('\n'), ['headless/history.jsonl:1: ', 'begins with its run event']],
    [
      'foreign',
      text.replace('signer-auth-v1', 'signer-auth-v9'),
      ['foreign/history.jsonl:1: ', '"signer-auth-v9"', 'signer-auth-v1'],
    ],
    ['twice', text + text, [`twice/history.jsonl:${lines.length + 1}: `, 'second run']],
    ['unasked', without('request'), ['unasked/history.jsonl:', 'unknown request']],
    [
      'hollow',
      text.replaceAll(/"holding":\{.*\}/g, '"holding":{}}'),
      ['hollow/history.jsonl cannot be judged'],
    ],
    ['binary', '\u0000\u0001\u0002', ['binary/history.jsonl:1: not a line of JSON']],
  ];
  for (const [name, content] of spoilt) await here.write(`${name}/history.jsonl`, content);
  await here.write('folder/history.jsonl/file', '');
  await Promise.all(
    [...spoilt, ['folder', '', ['folder/history.jsonl', 'EISDIR']] as const].map(async ([name, , tells]) => {
      const ended = await here.keydrill('judge', name);
      expectComplaint(ended, 2, tells);
      expect(ended.out).toBe('');
    }),
  );
}

const eventsIn = (here: Place, out: string): HistoryEvent[] => [
  ...readHistory(here.at('here', out, 'history.jsonl')),
];

describe.concurrent('what a run leaves', () => {
  test('is whole, fits its schemas, is nobody else’s to read, and is judged the same again', async () => {
    await using here = await place();
    const ended = await here.keydrill(...one, '--seed', '7');
    expect(ended).toMatchObject({ code: 0, said: '', left: [] });
    expect((await here.files('out')).toSorted()).toEqual([...reports, 'history.jsonl'].toSorted());
    for (const name of [...reports, 'history.jsonl'])
      expect((await stat(here.at('here/out', name))).mode & 0o077).toBe(0);

    const findings = await findingsIn(here, 'out');
    expect(await recordIn(here, 'out')).toMatchObject({
      verdict: 'green',
      exitCode: 0,
      seed: 7,
      command: [...one, '--seed', '7'],
      totals: findings.totals,
    });
    const events = eventsIn(here, 'out');
    expect(events.at(0)?.type).toBe('run');
    expect(events.at(-1)).toMatchObject({ type: 'end', complete: true });
    const junit = await here.read('out/junit.xml');
    expect(junit).toMatch(/^<\?xml /);
    expect(junit.match(/<testcase /g)).toHaveLength(findings.totals.all);
    expect(await here.read('out/report.html')).toMatch(/^<!doctype html>[^]*<\/html>\s*$/i);
    expect(await here.read('out/summary.md')).toContain('unknown_client_rejected');

    const again = await here.keydrill('judge', 'out', '--json');
    expect(again).toMatchObject({ code: 0, said: '' });
    expect(JSON.parse(again.out)).toEqual(findings);

    await expectSpoiltHistoriesRefused(here);
  });

  test('follows from the seed, also beside another run, and another seed gives another order', async () => {
    await using here = await place();
    const gate = (out: string, seed: string) =>
      here.keydrill('gate', '--only', 'verdict/order', '--seed', seed, '--out', out);
    const [first, second] = await Promise.all([gate('first', '1'), gate('second', '1')]);
    const other = await gate('other', '2');
    for (const ended of [first, second, other]) expect(ended).toMatchObject({ code: 0, said: '', left: [] });

    // Lanes go on at their own pace; which case each of them begins with is the seed's choice.
    const begun = async (out: string): Promise<string[]> => {
      const events = eventsIn(here, out);
      return events
        .flatMap((event) => (event.type === 'case' && event.phase === 'begun' ? event.case : []))
        .slice(0, 4);
    };
    expect(await begun('second')).toEqual(await begun('first'));
    expect(await begun('other')).not.toEqual(await begun('first'));
    const told = async (out: string) =>
      (await findingsIn(here, out)).findings.map((finding) => ({ ...finding, durationMs: 0 }));
    expect(await told('second')).toEqual(await told('first'));
  });
});

/** As somebody else would publish it: other limits, ids, bodies and paths, and no certificates at all. */
const foreign = {
  spec: 'signer-auth-v1',
  version: '3.1.4-acme.2',
  defaults: {
    method: 'PUT',
    path: '/acme/sign?tenant=7',
    nowMs: 1_234_567_890_123,
    timestampMaxAgeMs: 30_000,
    nonceTtlSeconds: 90,
    requireMtls: false,
  },
  vectors: [
    {
      id: '7-of-nine',
      description: '',
      clientsById: {
        'Acme Ltd.': { hmacSecrets: ['short', 'schlüssel'] },
        other: { hmacSecrets: ['short'] },
      },
      steps: [
        foreignStep({ nonce: 'n'.repeat(256), signWithSecret: 'schlüssel' }, { ok: true }),
        foreignStep(
          { nonce: 'n'.repeat(256), signWithSecret: 'short' },
          { ok: false, errorCode: 'REPLAY_NONCE_USED' },
        ),
        foreignStep({ nonce: 'n'.repeat(256), clientId: 'other', method: 'POST' }, { ok: true }),
      ],
    },
    {
      id: 'stale_by-far',
      description: 'an hour',
      clientsById: { 'Acme Ltd.': { hmacSecrets: ['short'] } },
      steps: [foreignStep({ timestamp: '1234564290123' }, { ok: false, errorCode: 'AUTH_TIMESTAMP_SKEW' })],
    },
  ],
};

function foreignStep(differs: Record<string, unknown>, expected: object) {
  return {
    clientId: 'Acme Ltd.',
    timestamp: '1234567890123',
    nonce: 'sixteen-letters-',
    rawBody: 'not=json&at=all',
    isMtlsAuthenticated: false,
    signWithSecret: 'short',
    ...differs,
    expect: expected,
  };
}

describe.concurrent('vector files', () => {
  test('of ours agree with the contract', async () => {
    await using here = await place();
    const { code, out } = await here.keydrill('vectors', publicVectors, edgeVectors);
    expect(code).toBe(0);
    expect(out).not.toContain('WRONG');
    expect(out.match(/(\d+) of \1 vectors agree with the contract/g)).toHaveLength(2);
  });

  test('are replayed against a running signer, each with its own results', async () => {
    await using here = await place();
    const ended = await here.keydrill(
      'vectors',
      publicVectors,
      edgeVectors,
      '--signer',
      bare,
      '--out',
      'out',
    );
    expect(ended).toMatchObject({ code: 0, said: '', left: [] });
    expect((await here.files('out')).toSorted()).toEqual(['1-signer-auth-v1', '2-signer-auth-v1-edge']);
    for (const part of await here.files('out')) {
      expect(await recordIn(here, 'out', part)).toMatchObject({
        verdict: 'green',
        signer: { name: 'python signer, bare answers' },
      });
    }
    const { findings } = await findingsIn(here, 'out', '1-signer-auth-v1');
    expect(findings.map(({ id }) => id)).toContain('valid_hmac_mtls_single_use');
  });

  test('of others run as they are, offline and live', async () => {
    await using here = await place();
    const strange = await here.write('acme.json', JSON.stringify(foreign));
    expect(await here.keydrill('vectors', strange)).toMatchObject({ code: 0, said: '' });
    const live = await here.keydrill('vectors', strange, '--signer', reference, '--out', 'out');
    expect(live).toMatchObject({ code: 0, said: '', left: [] });
    const { findings } = await findingsIn(here, 'out');
    for (const { id } of foreign.vectors)
      expect(findings.find((each) => each.id === id)).toMatchObject({ outcome: 'pass' });
  });
});

test('npx finds the command in the checkout', async () => {
  await using here = await place();
  const { version } = JSON.parse(await readFile(`${checkout}/package.json`, 'utf8')) as { version: string };
  expect(
    await here.start(['keydrill', '--version'], { cwd: checkout, by: ['npx', '--offline'] }).ended,
  ).toMatchObject({
    code: 0,
    out: `${version}\n`,
  });
});
