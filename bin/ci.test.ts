import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';

interface TestFile {
  status: 'passed' | 'failed';
  assertionResults: { status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' }[];
}

interface Outcome {
  files?: TestFile[];
  /** Exit codes by the words after `npm`. */
  codes?: Record<string, number>;
}

/** Runs .ci/run with a fake npm that leaves the report Vitest would leave. */
async function ci({ files, codes = {} }: Outcome) {
  const root = await mkdtemp(join(tmpdir(), 'keydrill-ci-'));
  try {
    await mkdir(join(root, '.ci'));
    await mkdir(join(root, 'path'));
    await copyFile(new URL('../.ci/run', import.meta.url), join(root, '.ci/run'));
    await symlink(process.execPath, join(root, 'path/node'));
    await writeFile(join(root, 'report'), JSON.stringify({ testResults: files }));
    const report = files
      ? `for each; do case $each in --outputFile.json=*) cp "${root}/report" "\${each#*=}";; esac; done`
      : '';
    const exits = Object.entries(codes).map(([words, code]) => `"${words}"*) exit ${code};;`);
    await writeFile(
      join(root, 'path/npm'),
      `#!/bin/sh\necho "npm: $1 $2"\n${report}\ncase "$*" in ${exits.join(' ')} *) ;; esac\n`,
    );
    await chmod(join(root, 'path/npm'), 0o755);

    const child = spawn(join(root, '.ci/run'), {
      cwd: tmpdir(),
      env: { PATH: [join(root, 'path'), '/usr/bin', '/bin'].join(delimiter), TMPDIR: root },
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const code = await new Promise((closed) => child.on('close', closed));
    const lines = printed.trimEnd().split('\n');
    return { code, lines, last: lines.at(-1), ran: lines.filter((line) => line.startsWith('npm: ')) };
  } finally {
    await rm(root, { recursive: true });
  }
}

const file = (...statuses: TestFile['assertionResults'][number]['status'][]): TestFile => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

test('a good change passes every step, and the last line counts its tests', async () => {
  const { code, last, ran } = await ci({ files: [file('passed', 'passed'), file('passed')] });

  expect(code).toBe(0);
  expect(last).toBe('3 passed, 0 failed');
  expect(ran.map((line) => line.slice(5))).toEqual([
    'test --',
    'run check:format',
    'run check:lint',
    'run check:types',
    'run check:unused',
    'run gate',
  ]);
});

test('failed and skipped tests are counted, and the steps after them still run', async () => {
  const { code, last, lines, ran } = await ci({
    files: [file('passed', 'failed', 'skipped'), file('todo', 'pending')],
    codes: { test: 1 },
  });

  expect(code).toBe(1);
  expect(lines.at(-2)).toBe('3 skipped, each with its reason above');
  expect(last).toBe('1 passed, 1 failed');
  expect(ran).toHaveLength(6);
});

test('a file that cannot load counts as a failure', async () => {
  const unloaded: TestFile = { status: 'failed', assertionResults: [] };
  const { code, last } = await ci({ files: [file('passed'), unloaded, unloaded], codes: { test: 1 } });

  expect(code).toBe(1);
  expect(last).toBe('1 passed, 2 failed');
});

test('an error outside all tests counts as a failure', async () => {
  const { code, last } = await ci({ files: [file('passed')], codes: { test: 1 } });

  expect(code).toBe(1);
  expect(last).toBe('1 passed, 1 failed');
});

test('a run without any test is no success', async () => {
  const { code, last } = await ci({ files: [] });

  expect(code).toBe(1);
  expect(last).toBe('0 passed, 1 failed');
});

test('a set-up that fails ends the run, with the counts still last', async () => {
  const { code, last, ran } = await ci({ codes: { test: 3 } });

  expect(code).toBe(1);
  expect(last).toBe('0 passed, 1 failed');
  expect(ran).toHaveLength(1);
});

test('a failed check is named before the counts, which it leaves as they are', async () => {
  const { code, last, lines, ran } = await ci({
    files: [file('passed')],
    codes: { 'run check:lint': 1, 'run gate': 4 },
  });

  expect(code).toBe(1);
  expect(last).toBe('1 passed, 0 failed');
  expect(lines.slice(-4, -1)).toEqual([
    'Failed:',
    '  npm run check:lint (exit 1)',
    '  npm run gate (exit 4)',
  ]);
  expect(ran).toHaveLength(6);
});

test('an interrupted step ends the run at once', async () => {
  const { code, last, ran } = await ci({
    files: [file('passed')],
    codes: { 'run check:types': 130 },
  });

  expect(code).toBe(130);
  expect(last).toBe('1 passed, 0 failed');
  expect(ran).toHaveLength(4);
});
