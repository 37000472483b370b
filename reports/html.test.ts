import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderHtml } from './html.ts';
import { everything, finding, holding, hostile, resultsOf } from './results.fixture.ts';

const pageOf = (findings: typeof everything, exitCode?: number): string =>
  renderHtml(resultsOf(findings, exitCode));

interface Parsed {
  readonly tags: string[];
  readonly attributes: [name: string, value: string][];
  readonly unbalanced: string[];
  readonly text: string;
}

/** The page as a parser sees it: its elements, whether they nest, and its text. */
function parsed(page: string): Parsed {
  const script = `
import json, sys
from html.parser import HTMLParser
class Page(HTMLParser):
  def __init__(self):
    super().__init__()
    self.tags, self.attributes, self.open, self.unbalanced, self.text = [], [], [], [], ''
  def handle_starttag(self, tag, attrs):
    self.tags.append(tag)
    self.attributes += attrs
    if tag not in ('meta',): self.open.append(tag)
  def handle_startendtag(self, tag, attrs):
    self.tags.append(tag)
    self.attributes += attrs
  def handle_endtag(self, tag):
    self.text += ' '
    if self.open and self.open[-1] == tag: self.open.pop()
    else: self.unbalanced.append(tag)
  def handle_data(self, data):
    if 'style' not in self.open: self.text += data
page = Page()
page.feed(sys.stdin.buffer.read().decode('utf-8'))
page.close()
print(json.dumps({'tags': page.tags, 'attributes': page.attributes, 'unbalanced': page.unbalanced + page.open, 'text': page.text}))`;
  return JSON.parse(
    execFileSync('python3', ['-I', '-S', '-c', script], { input: page, encoding: 'utf8' }),
  ) as Parsed;
}

const shown = (page: string): string => parsed(page).text.replaceAll(/\s+/g, ' ');

test('the title says the verdict', () => {
  expect(pageOf(holding)).toContain(
    '<title>This signer may rotate: every MUST that applies holds · example signer · keydrill</title>',
  );
  expect(pageOf(everything)).toContain('<title>This signer may not rotate: 2 clauses broken');
});

test('the page loads nothing and runs nothing', () => {
  const page = pageOf(everything);
  const { tags, attributes, unbalanced } = parsed(page);
  expect(page).toContain(
    `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"`,
  );
  for (const tag of ['script', 'img', 'link', 'iframe', 'form', 'object', 'svg'])
    expect(tags).not.toContain(tag);
  for (const [name] of attributes) expect(name).not.toMatch(/^(on|src|style$|action)/);
  const links = attributes.filter(([name]) => name === 'href').map(([, value]) => value);
  expect(links).toEqual(['findings.json', 'run.json', 'history.jsonl']);
  expect(page).not.toMatch(/url\(|@import/);
  expect(unbalanced).toEqual([]);
});

test('it says what was judged, on what, when and for how long', () => {
  const text = shown(pageOf(holding));
  for (const fact of [
    'Signer example signer, by ./signer.yaml',
    'process on linux x64 with 2 cores; topologies usual, short',
    'keydrill 0.1.0, Node 24.21.0, store-server 7.0.15',
    '2026-03-02 09:30:00 UTC to 2026-03-02 09:31:02 UTC',
    '1 min 2 s, 9.0 s of it waits that the contract defines',
    'keydrill gate --signer ./signer.yaml --seed 7',
    `sha256 ${'4f'.repeat(32)}`,
    `sha256 ${'a0'.repeat(32)}`,
  ])
    expect(text).toContain(fact);
});

test('failures come first, by clause, with everything needed to see them again', () => {
  const text = shown(pageOf(everything));
  const places = ['Failed 2', 'In doubt 2', 'SHOULD, not met 1', 'Not applicable 1', 'Every clause 8'].map(
    (heading) => text.indexOf(heading),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(text).toContain(
    'A nonce spent at one replica is spent at every replica. MUST · replay/shared · 1 other finding on it passed ' +
      'failed nonce-is-spent-across-a-restart 2.2 s Request 41, "the same request, sent again" ' +
      'expected REPLAYED actual accepted replica replica-2 ' +
      'npx keydrill gate --signer ./signer.yaml --only nonce-is-spent-across-a-restart --seed 7',
  );
});

test('a command is copied without a space too many', () => {
  const page = pageOf(everything);
  expect(page).toContain('<code class="command">npx keydrill gate --signer ./signer.yaml --seed 7</code>');
  expect(page).toContain(
    '<code class="command">npx keydrill gate --signer ./signer.yaml --only retired-secret-is-refused --seed 7</code>',
  );
});

test('every finding and every clause is on the page, also what nobody judged', () => {
  const text = shown(pageOf(everything));
  for (const { id } of everything) expect(text.split(id).length).toBeGreaterThan(1);
  const partial = pageOf(holding.filter(({ clause }) => clause !== 'replay/shared'));
  expect(shown(partial)).toContain('not judged A nonce spent at one replica');
  expect(shown(partial)).toContain('No leave to rotate yet');
});

test('preconditions are told with their evidence', () => {
  expect(shown(pageOf(holding))).toContain(
    'Preconditions 1 What a verdict rests on Evidence holds replicas-differ every replica was met',
  );
});

/** A page on which one text stands wherever a signer, an adapter or a case has a say. */
function pageFullOf(text: string): string {
  const said = { reason: text, expected: text, actual: text, replica: text, reproduce: text };
  const { record, ...results } = resultsOf([finding(text, text, { outcome: 'fail', ...said })]);
  const signer = { ...record.signer, name: text, adapter: text };
  const command = [text];
  return renderHtml({ ...results, record: { ...record, signer, command, trouble: text, reproduce: text } });
}

const tagsOfHarmlessPage = parsed(pageFullOf('harmless')).tags;

test.each(Object.entries(hostile))('hostile text (%s) is text and nothing else', (_, text) => {
  const page = pageFullOf(text);
  const { tags, unbalanced } = parsed(page);
  expect(tags).toEqual(tagsOfHarmlessPage);
  expect(unbalanced).toEqual([]);
  expect(page.isWellFormed()).toBe(true);
  expect(page).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
});

test('line breaks of a value are kept where it is shown in full', () => {
  const page = pageOf([finding('a-case', 'replay/shared', { outcome: 'fail', actual: 'one\ntwo' })]);
  expect(page).toContain('<span class="value">one\ntwo</span>');
});

test('of many failures on one clause the first is unfolded and the others are a line to unfold', () => {
  const failing = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'fail', reason: `Request of ${id}` }),
  );
  const folded = (findings: typeof failing): string[] =>
    [
      ...pageOf(findings).matchAll(
        /<details class="finding">\s*<summary>\s*<code>(\w+)<\/code>\s*<span class="soft">Request of \1<\/span>/g,
      ),
    ].map(([, id = '']) => id);
  expect(folded(failing)).toEqual(['two', 'three', 'four']);
  expect(folded(failing.slice(1))).toEqual([]);
});

test('a reason that many doubts share is said once, above what they are about', () => {
  const reason = 'Precondition replicas-differ does not hold';
  const doubtful = ['one', 'two', 'three', 'four'].map((id) =>
    finding(id, 'replay/shared', { outcome: 'inconclusive', reason, actual: `40 refused by ${id}` }),
  );
  const page = pageOf(doubtful);
  expect(page.split(reason)).toHaveLength(2);
  expect(page).toContain('<summary>4 findings for this reason</summary>');
  for (const { actual = '' } of doubtful) expect(page).toContain(actual);
  expect(pageOf(doubtful.slice(1)).split(reason)).toHaveLength(4);
});

test('the command can be copied: a word that a shell would take apart is quoted', () => {
  const { record, ...results } = resultsOf([]);
  const command = ['drill', '--reason', "after Ada's visit", '--out', '/tmp/r1'];
  expect(renderHtml({ ...results, record: { ...record, command } })).toContain(
    '<code>keydrill drill --reason &#39;after Ada&#39;\\&#39;&#39;s visit&#39; --out /tmp/r1</code>',
  );
});

test('a long value is folded, and one that nobody will read is cut', () => {
  const page = pageOf([
    finding('a-case', 'replay/shared', {
      outcome: 'fail',
      actual: 'a'.repeat(700),
      reason: 'b'.repeat(60_000),
    }),
  ]);
  expect(page).toContain(`<summary>${'a'.repeat(200)}… (700 characters)</summary>`);
  expect(page).toContain(`<span class="value">${'a'.repeat(700)}</span>`);
  expect(page).toContain(`${'b'.repeat(50_000)}… (60000 characters)`);
  expect(page).not.toContain('b'.repeat(50_001));
});
