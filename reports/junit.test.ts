import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderJunit } from './junit.ts';
import { drillResults, madeUpDrill } from './drill.fixture.ts';
import { everything, finding, holding, hostile, resultsOf } from './results.fixture.ts';

interface Parsed {
  readonly totals: Record<string, string>;
  readonly suites: { name: string; tests: string; failures: string; errors: string; skipped: string }[];
  readonly cases: {
    name: string;
    classname: string;
    time: string;
    inside: { kind: string; type: string; message: string; text: string }[];
  }[];
}

/** As a strict parser reads it, which a text that is not well-formed stops. */
function parsed(xml: string): Parsed {
  const script = `
import json, sys
from xml.dom import minidom
root = minidom.parseString(sys.stdin.buffer.read()).documentElement
attributes = lambda node: dict(node.attributes.items())
text = lambda node: ''.join(child.data for child in node.childNodes)
elements = lambda node: [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE]
told = lambda node: {'kind': node.tagName, 'type': node.getAttribute('type'), 'message': node.getAttribute('message'), 'text': text(node)}
print(json.dumps({
  'totals': attributes(root),
  'suites': [attributes(suite) for suite in root.getElementsByTagName('testsuite')],
  'cases': [{**attributes(case), 'inside': [told(node) for node in elements(case)]} for case in root.getElementsByTagName('testcase')],
}))`;
  return JSON.parse(
    execFileSync('python3', ['-I', '-S', '-c', script], { input: xml, encoding: 'utf8' }),
  ) as Parsed;
}

const caseOf = ({ cases }: Parsed, id: string) => cases.find(({ name }) => name === id);

test('every finding is a test case, in a suite for its group of clauses, and the counts are right', () => {
  const { totals, suites, cases } = parsed(renderJunit(resultsOf(everything)));
  expect(cases.map(({ name, classname }) => [name, classname])).toEqual(
    expect.arrayContaining(everything.map(({ id, clause }) => [id, clause])),
  );
  expect(totals).toMatchObject({ name: 'keydrill', tests: '14', failures: '2', errors: '2', time: '62.480' });
  expect(
    suites.map(({ name, tests, failures, errors, skipped }) => [name, tests, failures, errors, skipped]),
  ).toEqual([
    ['precondition', '1', '0', '0', '0'],
    ['secrets', '3', '1', '0', '0'],
    ['replay', '6', '1', '2', '0'],
    ['answers', '3', '0', '0', '2'],
    ['reload', '1', '0', '0', '1'],
  ]);
});

test('a failure says what was expected, what came, where, and how to see it again', () => {
  const failed = caseOf(parsed(renderJunit(resultsOf(everything))), 'nonce-is-spent-across-a-restart');
  expect(failed).toMatchObject({ time: '2.210' });
  expect(failed?.inside).toEqual([
    {
      kind: 'failure',
      type: 'must',
      message: 'expected REPLAYED, got accepted at replica-2',
      text: [
        'reason: Request 41, "the same request, sent again"',
        'expected: REPLAYED',
        'actual: accepted',
        'replica: replica-2',
        'reproduce: npx keydrill gate --signer ./signer.yaml --only nonce-is-spent-across-a-restart --seed 7',
      ].join('\n'),
    },
  ]);
});

test('doubt about a MUST is an error', () => {
  const file = parsed(renderJunit(resultsOf(everything)));
  expect(caseOf(file, 'outage-under-load-refuses-everything')?.inside).toMatchObject([
    { kind: 'error', type: 'inconclusive', message: expect.stringContaining('Replica stood still') },
  ]);
  expect(caseOf(file, 'outage-in-mid-reply-refuses-everything')?.inside).toMatchObject([
    { kind: 'error', type: 'error', message: 'The fault proxy did not answer' },
  ]);
});

test('no SHOULD turns a pipeline red', () => {
  const shoulds = everything.filter(({ level }) => level === 'should');
  const trouble = finding('refusals-in-trouble', 'answers/alike', { outcome: 'error', reason: 'No answer' });
  const file = parsed(renderJunit(resultsOf([...holding, ...shoulds, trouble])));
  expect(file.totals).toMatchObject({ failures: '0', errors: '0' });
  expect(caseOf(file, 'unknown-client-is-told-its-code')?.inside).toMatchObject([
    { kind: 'skipped', message: expect.stringMatching(/^should: expected UNKNOWN_CLIENT, got 401/) },
    { kind: 'system-out', text: expect.stringContaining('reproduce: npx keydrill') },
  ]);
  expect(caseOf(file, 'refusals-in-trouble')?.inside[0]).toMatchObject({
    kind: 'skipped',
    message: 'should: No answer',
  });
  expect(caseOf(file, 'new-secret-without-restart')?.inside).toEqual([
    {
      kind: 'skipped',
      type: '',
      message: 'Claimed and probed: it is restarted to change | see its <adapter>',
      text: '',
    },
  ]);
});

test.each(Object.entries(hostile))('hostile text (%s) arrives as text', (_, text) => {
  const hurt = finding(text, `replay/${text}`, { outcome: 'fail', reason: text, reproduce: text });
  const { cases } = parsed(renderJunit(resultsOf([hurt])));
  expect(cases).toHaveLength(1);
  const [told] = cases[0]!.inside;
  expect(told?.text).toBe(`reason: ${cases[0]!.name}\nreproduce: ${cases[0]!.name}`);
  expect(told?.message).toBe(cases[0]!.name);
  expect(cases[0]!.classname).toBe(`replay/${cases[0]!.name}`);
});

test('line breaks survive in attributes', () => {
  const { cases } = parsed(
    renderJunit(resultsOf([finding('a\nb', 'replay/shared', { outcome: 'error', reason: 'c\nd' })])),
  );
  expect(cases[0]).toMatchObject({ name: 'a\nb', inside: [{ message: 'c\nd' }] });
});

test.each([
  ['nothing was judged', [], 4],
  ['the run was interrupted', holding, 130],
  ['the topology did not come up', [], 3],
])('where %s, no pipeline stays green', (_, findings, exitCode) => {
  const { totals, cases } = parsed(renderJunit(resultsOf(findings, exitCode)));
  expect(totals).toMatchObject({ failures: '0', errors: '1', tests: String(findings.length + 1) });
  expect(caseOf({ cases } as Parsed, 'verdict')?.inside[0]?.message).toMatch(/^Nothing may be concluded/);
});

test('who held a drill and why is a property of every suite', () => {
  const xml = renderJunit(drillResults(madeUpDrill()));
  const suites = xml.match(/<testsuite /g)?.length;
  expect(suites).toBe(2);
  expect(xml.match(/<property name="operator" value="Ada &lt;ada@example\.org&gt;"\/>/g)).toHaveLength(2);
  expect(xml.match(/<property name="reason" value="Quarterly drill"\/>/g)).toHaveLength(2);
  expect(renderJunit(resultsOf(holding))).not.toMatch(/name="(operator|reason)"/);
});
