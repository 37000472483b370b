import { expect, test } from 'vitest';
import { holding, hostile, resultsOf } from './results.fixture.ts';
import { renderRunRecord, type RunRecord } from './run-record.ts';

const { record } = resultsOf(holding);

test('a record is written as it is, one fact a line', () => {
  const odd = { ...record, command: ['gate', '--only', hostile.lines, hostile.lone] };
  const text = renderRunRecord(odd);
  expect(JSON.parse(text)).toEqual(odd);
  expect(text).toMatch(/^\{\n {2}"schema": 1,\n/);
  expect(text.endsWith('}\n')).toBe(true);
});

test('who held a drill and why may be in it', () => {
  const held = { ...record, operator: 'Ada', reason: 'Quarterly drill' };
  expect(JSON.parse(renderRunRecord(held))).toEqual(held);
});

test.each<[string, Partial<Record<keyof RunRecord, unknown>>]>([
  ['verdict', { verdict: 'red' }],
  ['exitCode', { exitCode: 0.5 }],
  ['operator', { operator: '' }],
  ['reason', { reason: '' }],
  ['startedAt', { startedAt: 'yesterday' }],
  ['waitsMs', { waitsMs: -1 }],
  ['adapterDigest', { signer: { ...record.signer, adapterDigest: 'sha256:beef' } }],
  ['programs', { environment: { ...record.environment, programs: { node: 24 } } }],
  ['surplus', { surplus: true } as object],
])('a record with a wrong %s cannot be written', (name, wrong) => {
  expect(() => renderRunRecord({ ...record, ...wrong } as RunRecord)).toThrow(name);
});
