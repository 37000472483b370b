import { expect, test } from 'vitest';
import { faults } from '../../harness/faults/list.ts';
import { preconditions } from '../../harness/run/preconditions.ts';
import { suites } from '../list.ts';
import { procedures } from './list.ts';
import { runbook, type RunbookLine } from './runbook.ts';

const lines: Readonly<Record<string, RunbookLine>> = runbook;
const ids = Object.keys(lines);
const cited = new Set(procedures.flatMap(({ steps }) => steps.flatMap((step) => step.runbook)));
const scenarios = (await suites()).map(({ id }) => id);

const numbered = (section: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${section}/${index + 1}`);

test('no step of the runbook is missing, and none is made up', () => {
  expect(ids).toEqual([
    ...numbered('preconditions', 3),
    ...numbered('hmac', 4),
    ...['next', 'replay', 'current'].map((what) => `hmac/4/${what}`),
    'hmac/5',
    'hmac/6',
    ...numbered('mtls', 6),
    ...numbered('replay', 3),
    ...[
      'valid_hmac_mtls_single_use',
      'replay_nonce_rejected',
      'timestamp_skew_rejected',
      'mtls_required_rejected',
      'rotated_secret_accepted',
      'invalid_hmac_rejected',
      'unknown_client_rejected',
    ].map((name) => `checklist/${name}`),
    ...numbered('rollback', 3),
    ...numbered('incident', 2),
  ]);
});

test.each(ids.filter((id) => /^(hmac|mtls|replay)\//.test(id)))(
  'a step of a procedure answers to %s',
  (id) => {
    expect(cited).toContain(id);
  },
);

test.each(ids.filter((id) => !/^(hmac|mtls|replay)\//.test(id)))('something else answers to %s', (id) => {
  const line = lines[id]!;
  expect([line.preconditions, line.cases, line.faults, line.takenBack].flat().filter(Boolean)).not.toEqual(
    [],
  );
});

test('every step cites lines that the runbook has', () => {
  expect([...cited].filter((id) => !(id in lines))).toEqual([]);
  for (const { steps } of procedures) for (const step of steps) expect(step.runbook, step.id).not.toEqual([]);
});

test.each([
  ['preconditions', preconditions.map(({ id }) => id)],
  ['cases', scenarios],
  ['faults', faults.map(({ name }) => name)],
  ['takenBack', procedures.flatMap(({ tags }) => tags)],
] as const)('what the table names under %s is there', (what, known) => {
  const named = Object.values(lines).flatMap((line): readonly string[] => line[what] ?? []);
  expect(named).not.toEqual([]);
  expect(named.filter((id) => !(known as readonly string[]).includes(id))).toEqual([]);
});

test('a line of the checklist is answered by the case of its name', () => {
  for (const id of ids.filter((one) => one.startsWith('checklist/')))
    expect(lines[id]!.cases).toEqual([id.slice('checklist/'.length)]);
});

/** The lines that the way back of a procedure answers to. */
const answeredBy = (tags: readonly string[]): string[] =>
  ids.filter((id) => lines[id]!.takenBack?.some((tag) => tags.includes(tag)));

test('the way back of every procedure answers to a line on what it puts back and to one on nonces', () => {
  for (const { id, tags } of procedures) {
    expect(answeredBy(tags), id).toContain('rollback/3');
    expect(answeredBy(tags), id).toHaveLength(2);
  }
});
