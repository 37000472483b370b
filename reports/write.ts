import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { renderAllure } from './allure.ts';
import { renderFindings } from './findings-file.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import type { Results } from './results.ts';
import { renderRunRecord } from './run-record.ts';
import { renderSummary } from './summary.ts';

/**
 * Writes every report into a directory, or none: a text that holds what it must not hold stops all of them, and so
 * does a full disk. The guard names what it found, never its value.
 */
export async function writeReports(
  directory: string,
  results: Results,
  mustNotHold: (text: string) => readonly string[],
): Promise<void> {
  const texts = rendered(results);
  for (const [name, text] of texts) {
    const found = mustNotHold(text);
    if (found.length > 0) throw new Error(disclosure(name, found));
  }

  await mkdir(join(directory, ALLURE), { recursive: true, mode: 0o700 });
  await using drafts = new AsyncDisposableStack();
  const write = async ([name, text]: (typeof texts)[number]): Promise<void> => {
    const draft = draftOf(directory, name);
    await rm(draft, { force: true });
    drafts.defer(() => rm(draft, { force: true }));
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(text);
    // What can be written again from the others need not outlive the machine.
    if (!name.startsWith(`${ALLURE}/`)) await file.sync();
  };
  // All at once, since they are many; and all of them have ended before any is cleared away.
  const written = await Promise.allSettled(texts.map(write));
  const failed = written.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  await Promise.all(texts.map(([name]) => rename(draftOf(directory, name), join(directory, name))));
  await removeOthers(join(directory, ALLURE), new Set(texts.map(([name]) => basename(name))));
}

/** What an earlier judgement found and this one did not would be counted with it. */
async function removeOthers(directory: string, written: ReadonlySet<string>): Promise<void> {
  const there = await readdir(directory);
  await Promise.all(there.filter((name) => !written.has(name)).map((name) => rm(join(directory, name))));
}

const ALLURE = 'allure-results';

/** findings.json comes first: there everything stands as it is, where other formats escape and cut. */
const rendered = (results: Results): readonly (readonly [name: string, text: string])[] => [
  ['findings.json', renderFindings(results.findings)],
  ['run.json', renderRunRecord(results.record)],
  ['junit.xml', renderJunit(results)],
  ['summary.md', renderSummary(results)],
  ['report.html', renderHtml(results)],
  ...renderAllure(results).map(([name, text]) => [`${ALLURE}/${name}`, text] as const),
];

const disclosure = (name: string, found: readonly string[]): string =>
  `${name} would disclose ${[...new Set(found)].join(', ')}; nothing was written. Find where the signer or its adapter gives it away`;

const draftOf = (directory: string, name: string): string =>
  join(directory, dirname(name), `.${basename(name)}.${process.pid}`);
