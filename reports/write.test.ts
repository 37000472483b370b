import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { renderAllure } from './allure.ts';
import { everything, holding, resultsOf } from './results.fixture.ts';
import { writeReports } from './write.ts';

const names = ['findings.json', 'junit.xml', 'report.html', 'run.json', 'summary.md'];
const allure = (findings: typeof everything): string[] =>
  renderAllure(resultsOf(findings)).map(([name]) => join('allure-results', name));
const clean = (): string[] => [];

/** Every file in it, however deep. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .toSorted();
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'keydrill-reports-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('every report is written, for the owner alone, and nothing else is left', async () => {
  const out = join(await directory(), 'new', 'run');
  await writeReports(out, resultsOf(everything), clean);
  const all = [...names, ...allure(everything)].toSorted();
  expect(await filesIn(out)).toEqual(all);
  for (const name of all) expect((await stat(join(out, name))).mode & 0o777).toBe(0o600);
  for (const path of [out, join(out, 'allure-results')]) expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('reports of a run that is judged again take the place of the old', async () => {
  const out = await directory();
  await writeReports(out, resultsOf(everything), clean);
  await writeReports(out, resultsOf(holding), clean);
  expect(await filesIn(out)).toEqual([...names, ...allure(holding)].toSorted());
  expect(await readFile(join(out, 'summary.md'), 'utf8')).toMatch(/^# ✓/);
});

test('the guard sees every text exactly as it is written', async () => {
  const out = await directory();
  const seen: string[] = [];
  await writeReports(out, resultsOf(everything), (text) => {
    seen.push(text);
    return [];
  });
  const written = await Promise.all((await filesIn(out)).map((name) => readFile(join(out, name), 'utf8')));
  expect(seen.toSorted()).toEqual(written.toSorted());
});

test.each([...names, ...allure(everything).slice(0, 1)])(
  'a disclosure in %s stops everything, and is named without its value',
  async (name) => {
    const out = await directory();
    const texts = new Map<string, string>();
    await writeReports(out, resultsOf(everything), clean);
    for (const each of await filesIn(out)) texts.set(await readFile(join(out, each), 'utf8'), each);
    await rm(out, { recursive: true });
    await mkdir(out);

    const found = (text: string) =>
      texts.get(text) === name ? ['secret alpha/current', 'secret alpha/current'] : [];
    await expect(writeReports(out, resultsOf(everything), found)).rejects.toThrow(
      `${name} would disclose secret alpha/current; nothing was written`,
    );
    expect(await readdir(out)).toEqual([]);
  },
);

test('where one report cannot be written, none is, and what was there before stays', async () => {
  const out = await directory();
  await writeFile(join(out, 'findings.json'), 'before');
  // Something that cannot be replaced stands where the last draft would be.
  const obstacle = join(out, `.report.html.${process.pid}`);
  await mkdir(join(obstacle, 'full'), { recursive: true });
  await expect(writeReports(out, resultsOf(everything), clean)).rejects.toThrow(/report\.html/);
  expect(await readFile(join(out, 'findings.json'), 'utf8')).toBe('before');
  expect(await filesIn(out)).toEqual(['findings.json']);
});

test('a wrong record stops everything before a file is touched', async () => {
  const out = await directory();
  const { record, ...results } = resultsOf(holding);
  await expect(
    writeReports(out, { ...results, record: { ...record, verdict: 'red' } }, clean),
  ).rejects.toThrow('verdict');
  expect(await readdir(out)).toEqual([]);
});
