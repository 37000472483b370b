import { expect, test } from 'vitest';
import { drillResults, madeUpDrill } from './drill.fixture.ts';
import { everything, finding, holding, hostile, resultsOf } from './results.fixture.ts';
import { chaosResults, RESIDUAL } from './suffered.fixture.ts';
import { renderSummary, SUMMARY_LIMIT } from './summary.ts';

const summaryOf = (findings: typeof everything, exitCode?: number): string =>
  renderSummary(resultsOf(findings, exitCode));

test('the verdict is the first line and what to do is the second', () => {
  expect(summaryOf(holding)).toMatch(
    /^# ✓ This signer may rotate: every MUST that applies holds\n\n\*\*Go ahead with the rotation\.\*\*\n/,
  );
  expect(summaryOf(everything)).toMatch(/^# ✗ This signer may not rotate: 2 clauses broken\n/);
  expect(summaryOf([])).toMatch(/^# \? Nothing may be concluded/);
});

test('passes are only counted', () => {
  const summary = summaryOf(holding);
  expect(summary).toContain('| MUST | 6 | 0 | 0 | 0 | 0 |');
  expect(summary).toContain('| SHOULD | 1 | 0 | 0 | 0 | 0 |');
  for (const { id } of holding) expect(summary).not.toContain(id);
});

test('a failure is told with its clause, where, what, and the one command', () => {
  expect(summaryOf(everything)).toContain(
    [
      '### `nonce-is-spent-across-a-restart`',
      '',
      'A nonce spent at one replica is spent at every replica. (`replay/shared`)',
      '',
      '- reason: Request 41, "the same request, sent again"',
      '- replica: `replica-2`',
      '- expected: `REPLAYED`',
      '- actual: `accepted`',
      '',
      '```sh',
      'npx keydrill gate --signer ./signer.yaml --only nonce-is-spent-across-a-restart --seed 7',
      '```',
    ].join('\n'),
  );
});

test('what matters most comes first', () => {
  const headings = summaryOf(everything)
    .split('\n')
    .filter((line) => line.startsWith('## '));
  expect(headings).toEqual([
    '## Failed (2)',
    '## In doubt (2)',
    '## SHOULD, not met (1)',
    '## SHOULD, undecided (1)',
    '## Not applicable (1)',
    '## The whole run again',
  ]);
});

test('a reason that many findings share is said once', () => {
  const reason = 'Precondition replicas-differ does not hold';
  const doubtful = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'inconclusive', reason }),
  );
  expect(summaryOf(doubtful)).toContain(`- ${reason}: 4 findings, \`one\`, \`two\`, \`three\`, \`four\`\n`);
  const many = Array.from({ length: 30 }, (_, at) =>
    finding(`case-${at % 20}`, 'replay/shared', { outcome: 'inconclusive', reason }),
  );
  expect(summaryOf(many)).toMatch(/: 30 findings, (`case-\d+`, ){11}`case-11` and 8 more\n/);
});

test('of many failures on one clause the first is told in full and the others on a line each', () => {
  const failing = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'fail', reason: `Request of ${id}`, replica: 'replica-2' }),
  );
  const other = finding('five', 'answers/codes', { outcome: 'fail', level: 'must' });
  const summary = summaryOf([...failing.slice(0, 2), other, ...failing.slice(2)]);
  expect(summary.match(/^### .*/gm)).toEqual(['### `one`', '### `five`']);
  expect(summary).toContain('\n- `four` (`replay/shared`): Request of four; at `replica-2`\n');
  expect(summaryOf(failing.slice(0, 3)).match(/^### .*/gm)).toHaveLength(3);
});

test('clauses that a run did not judge are named', () => {
  expect(summaryOf(holding.filter(({ clause }) => clause !== 'replay/shared'))).toContain(
    '- `replay/shared` A nonce spent at one replica is spent at every replica.',
  );
});

test('what ended a run is told', () => {
  const results = resultsOf([], 3);
  const trouble = 'Port 4000 is in use <by whom?>';
  expect(renderSummary({ ...results, record: { ...results.record, trouble } })).toContain(
    'What ended it: Port 4000 is in use &#60;by whom?&#62;\n',
  );
});

const kindsOfLine = (summary: string) =>
  summary.split('\n').map((line) => /^(#+ |- |```|\||>|<)?/.exec(line)?.[0]);

test.each(Object.entries(hostile))('hostile text (%s) is shown and never obeyed', (_, text) => {
  const around = finding(text, text, {
    outcome: 'fail',
    reason: text,
    actual: text,
    replica: text,
    reproduce: 'x',
  });
  const calm = finding('x', 'x', { outcome: 'fail', reason: 'x', actual: 'x', replica: 'x', reproduce: 'x' });
  const doubtful = (each: typeof around) => ({ ...each, outcome: 'inconclusive' as const });
  const summary = summaryOf([around, doubtful(around)]);
  // Not one line more, and no line of another kind, than harmless text gives.
  expect(kindsOfLine(summary)).toEqual(kindsOfLine(summaryOf([calm, doubtful(calm)])));
  expect(summary.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>]|[^\P{Cc}\n]|\p{Bidi_Control}/u);
  expect(summary).not.toMatch(/\*\*bold|\[link\]|https:\/\/example/);
  expect(summary.isWellFormed()).toBe(true);
});

test('names that are plain stay plain and others cannot end their code span', () => {
  const summary = summaryOf([
    finding('a`b|c', 'replay/shared', { outcome: 'fail', actual: ' led by a space', expected: '$x$' }),
  ]);
  expect(summary).toContain('### <code>a&#96;b&#124;c</code>\n');
  expect(summary).toContain('- actual: <code> led by a space</code>\n');
  expect(summary).toContain('- expected: `$x$`\n');
});

test('a command cannot end its block', () => {
  const summary = summaryOf([
    finding('a-case', 'replay/shared', { outcome: 'fail', reproduce: 'npx ```` \n```\n# out' }),
  ]);
  expect(summary).toContain('\n`````sh\nnpx ````  ⏎ ``` ⏎ # out\n`````\n');
});

const long = (letter: string, length: number) => `${letter.repeat(length)}\n${'<'.repeat(5)}`;

test('a long value is folded, and a very long one cut', () => {
  const summary = summaryOf([
    finding('a-case', 'replay/shared', { outcome: 'fail', actual: long('a', 300), reason: long('b', 9000) }),
  ]);
  expect(summary).toContain(
    `- actual: <details><summary>${'a'.repeat(100)}… (306 characters)</summary><pre>${'a'.repeat(300)}&#10;${'&#60;'.repeat(5)}</pre></details>\n`,
  );
  expect(summary).toContain(`<pre>${'b'.repeat(4000)}… (9006 characters)</pre>`);
});

test('a summary stays under what GitHub shows and says what it left out', () => {
  const failing = Array.from({ length: 3000 }, (_, at) =>
    finding(`case-${at}`, 'replay/shared', { outcome: 'fail', actual: '鍵'.repeat(150) }),
  );
  const summary = summaryOf(failing);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
  expect(Buffer.byteLength(summary)).toBeGreaterThan(SUMMARY_LIMIT - 2000);
  expect(summary).toMatch(/^# ✗ This signer may not rotate/);
  const shown = summary.match(/^### /gm)?.length ?? 0;
  const left = Number(/> Cut: (\d+) entries would not fit here/.exec(summary)?.[1]);
  // The rest is the section on running it all again, where that did not fit either.
  const briefly = summary.match(/^- `case-/gm)?.length ?? 0;
  expect(shown + briefly + left - failing.length).toBeOneOf([0, 1]);
});

test('a drill tells who held it and why, and procedure by procedure what was measured', () => {
  const summary = renderSummary(drillResults(madeUpDrill({ 'client-authority': 'refused' })));
  expect(summary).toContain('\nHeld by Ada &#60;ada&#64;example.org&#62;: Quarterly drill\n');
  const rows = summary.split('\n').filter((line) => /^\| (failed|passed) \| /.test(line));
  expect(rows).toEqual([
    '| failed | `client-authority` | 11 courses | 12 | 12 of 8192 | 420 ms | 234 ms (500 ms allowed) |',
    '| passed | `hmac-secret` | 11 courses | 0 | 0 of 8192 | 38 ms | 234 ms (500 ms allowed) |',
  ]);
  expect(summary).not.toContain('not judged in this run');
});

test('a drill may be held without a name, and a gate is held by nobody', () => {
  const { record, ...rest } = drillResults(madeUpDrill());
  const { operator: _, ...unnamed } = record;
  expect(renderSummary({ ...rest, record: unnamed })).toContain('\nHeld: Quarterly drill\n');
  expect(summaryOf(holding)).not.toContain('Held');
});

test('each fault is held against each clause, with what was measured where it passed', () => {
  const summary = renderSummary(chaosResults());
  const table = summary.slice(summary.indexOf('## Faults (7)'), summary.indexOf('## Not applicable'));
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  expect(rows).toHaveLength(2 + 7);
  expect(rows[0]).toContain('| `replay/single-use` | `replay/shared` | `replay/fail-closed` |');
  expect(rows[2]).toBe(
    '| failed | `store-out-of-memory` | FAIL | – | pass | in force 840 ms |  | after 70 ms |',
  );
  expect(rows[3]).toMatch(/^\| in doubt \| `store-slow` \| – \| – \| doubt \| \? not witnessed \|/);
  expect(table).toContain(`| ${RESIDUAL} (\`replay/single-use\`) |`);
});

test.each(Object.entries(hostile))('a fault with hostile text (%s) is one row of its table', (_, text) => {
  const rows = renderSummary(chaosResults(text))
    .split('\n')
    .filter((line) => line.endsWith('| after 100 ms |'));
  expect(rows).toHaveLength(1);
  expect(rows[0]?.replaceAll(/`[^`]*`|<code>[^<]*<\/code>/g, '').split('|')).toHaveLength(10);
});
