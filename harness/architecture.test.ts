import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Source {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

interface Import {
  /** A path from the root of the project, or the name of a package. */
  readonly what: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

const sources: readonly Source[] = globSync(
  '{harness,environments,suites,vectors,reports,commands,bin}/**/*.ts',
  {
    cwd: root,
  },
)
  .concat('keydrill.ts', 'vitest.config.ts')
  .filter((path) => !path.startsWith('reports/runs/'))
  .toSorted()
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });

/** Static imports and exports, with and without names, and dynamic imports of a plain string. */
function importsOf(path: string, text: string): Import[] {
  const statements = /^(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'/gm;
  const calls = /\bimport\(\s*()'([^']+)'\s*\)/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map((match) => {
    const specifier = match[2] ?? match[3] ?? '';
    return {
      what: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
      line: text.slice(0, match.index).split('\n').length,
      typeOnly: match[1]?.startsWith('type') === true,
    };
  });
}

const isTest = ({ path }: Source): boolean => /\.(test|fixture)\.ts$/.test(path);
const shipped = sources.filter((source) => !isTest(source));
const inside = (path: string, ...rooms: readonly string[]): boolean =>
  rooms.some((room) => path === room || path.startsWith(`${room}/`));
const ours = ({ what }: Import): boolean =>
  /^(harness|environments|suites|vectors|reports|commands|bin|keydrill)\b.*\.ts$/.test(what);

/** Every import by these sources that is not allowed, as a place to go to. */
const forbidden = (
  by: readonly Source[],
  isAllowed: (what: string, from: string) => boolean,
  which = ours,
): string[] =>
  by.flatMap(({ path, imports }) =>
    imports
      .filter((each) => which(each) && !isAllowed(each.what, path))
      .map(({ what, line }) => `${path}:${line} imports ${what}`),
  );

/** Every line of these sources in which this is found. */
const found = (among: readonly Source[], pattern: RegExp): string[] =>
  among.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );

function holds(rule: string, because: string, offenders: () => readonly string[]): void {
  test(rule, () => {
    expect(offenders(), `because ${because}`).toEqual([]);
  });
}

/** What is wrong, in words, and where in a file: whoever reads files may say so. */
const words = ['harness/errors.ts', 'harness/json-text.ts'];

describe('imports point one way', () => {
  const rooms = [
    ['harness/contract'],
    ['harness'],
    ['vectors'],
    ['environments', 'suites', 'reports'],
    ['keydrill.ts', 'commands', 'bin'],
  ];
  const rank = (path: string): number => rooms.findIndex((each) => inside(path, ...each));

  holds(
    'contract <- harness <- vectors <- environments, suites, reports <- keydrill.ts',
    'whoever changes an outer room must not have to look into an inner one',
    () => forbidden(shipped, (what, from) => rank(what) <= rank(from) || what === 'harness/errors.ts'),
  );

  holds(
    'a contract imports itself, its schema language, its own hashes and our errors',
    'it is pure: whoever writes a signer can read it without reading us',
    () =>
      forbidden(
        shipped.filter(({ path }) => inside(path, 'harness/contract')),
        (what) =>
          inside(what, 'harness/contract', '@noble/hashes') || what === 'zod' || what === 'harness/errors.ts',
        () => true,
      ),
  );

  holds(
    'vectors import the contract and the words for what is wrong',
    'they are judged without a signer, a run or a machine',
    () =>
      forbidden(
        shipped.filter(({ path }) => inside(path, 'vectors')),
        (what) => inside(what, 'vectors', 'harness/contract', ...words),
      ),
  );

  holds(
    'suites import no environment and no report',
    'a case cannot tell where it runs, nor who will read of it',
    () =>
      forbidden(
        shipped.filter(({ path }) => inside(path, 'suites')),
        (what) => !inside(what, 'environments', 'reports', 'commands', 'bin'),
      ),
  );

  holds('environments import no suite and no report', 'a topology is the same whatever is played on it', () =>
    forbidden(
      shipped.filter(({ path }) => inside(path, 'environments')),
      (what) => inside(what, 'environments', 'harness'),
    ),
  );

  holds(
    'reports import findings, history and contract',
    'a report can be written again from what a run left on disk',
    () =>
      forbidden(
        shipped.filter(({ path }) => inside(path, 'reports')),
        (what) => inside(what, 'reports', 'harness/judge', 'harness/contract'),
      ),
  );

  holds(
    'the signers import nothing of the project, their adapters excepted',
    'what is judged must not share code with the judge',
    () =>
      forbidden(
        shipped.filter(({ path }) =>
          inside(path, 'environments/signers/reference', 'environments/signers/python'),
        ),
        (what, from) => inside(what, dirname(from)) || from.endsWith('/adapter.ts'),
      ),
  );

  holds('nothing imports keydrill.ts', 'it is the one place that sees everything', () =>
    forbidden(sources, (what) => what !== 'keydrill.ts'),
  );

  holds('nothing that is shipped imports a test or a fixture', 'neither is in the package', () =>
    forbidden(shipped, (what) => !/\.(test|fixture)\.ts$/.test(what)),
  );

  holds('every import leads to a file', 'this test would otherwise look past what it cannot read', () => {
    const paths = new Set(sources.map(({ path }) => path));
    return forbidden(sources, (what) => paths.has(what));
  });

  // Types may know each other, as a topology and its faults do; values may not wait for each other to be loaded.
  holds('no file of the harness waits for itself', 'a cycle has no first file to read', () => {
    const files = new Map(
      shipped.filter(({ path }) => inside(path, 'harness')).map((each) => [each.path, each]),
    );
    return [...files.keys()].flatMap((path) => (reaches(path, path, files) ? [path] : []));
  });
});

/** Whether following the imports of values leads from one file to another. */
function reaches(from: string, to: string, files: ReadonlyMap<string, Source>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const { what, typeOnly } of files.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      if (what === to) return true;
      if (!seen.has(what)) open.push(what);
      seen.add(what);
    }
  }
  return false;
}

describe('there is one door', () => {
  // Signers are programs of their own, and the programs in bin/ run where nothing of ours does.
  const runByUs = sources.filter(({ path }) => !inside(path, 'environments/signers', 'bin'));

  holds('for time', 'a run has one clock, and tests can see who reads it', () =>
    found(
      runByUs.filter(({ path }) => path !== 'harness/clock.ts' && path !== 'harness/architecture.test.ts'),
      /\b(Date\.now|performance\.now|process\.hrtime)\b|\bnew Date\(\)/,
    ),
  );

  holds('for chance', 'a seed that does not decide everything repeats nothing', () =>
    found(
      runByUs.filter(({ path }) => path !== 'harness/seed.ts' && path !== 'harness/architecture.test.ts'),
      /\bMath\.random\b/,
    ),
  );
});

holds(
  'the engine knows no contract and no store',
  'another contract must find its place without a change here',
  () =>
    found(
      shipped.filter(({ path }) =>
        inside(path, 'harness/judge', 'harness/run', 'harness/traffic', 'reports'),
      ),
      /AUTH_|X-Keyring|redis/i,
    ),
);

holds(
  'no test is left out, singled out, put off or tried again',
  'a test that passes sometimes is a finding',
  () =>
    found(
      sources.filter(({ path }) => path.endsWith('.test.ts') && path !== 'harness/architecture.test.ts'),
      /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails|skipIf|runIf)\b|\bretry:/,
    ).concat(
      found(
        sources.filter(({ path }) => path === 'vitest.config.ts'),
        /\bretry\b/,
      ),
    ),
);

test('the sources are found, or none of this would mean anything', () => {
  expect(shipped.length).toBeGreaterThan(100);
  const judge = shipped.find(({ path }) => path === 'harness/judge/judge.ts');
  expect(judge?.imports.map(({ what }) => what)).toContain('harness/judge/case.ts');
  const fault = shipped.find(({ path }) => path === 'harness/faults/fault.ts');
  expect(fault?.imports).toContainEqual({ what: 'harness/run/environment.ts', line: 2, typeOnly: true });
  const identities = shipped.find(({ path }) => path === 'harness/traffic/identities.ts');
  expect(identities?.imports.map(({ what }) => what)).toContain('reflect-metadata');
});
