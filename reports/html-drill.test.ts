import { expect, test } from 'vitest';
import type { Counts } from '../harness/judge/traffic/tally.ts';
import { drillResults, madeUpDrill, MadeUpRun, secretRotation } from './drill.fixture.ts';
import { renderHtml } from './html.ts';
import { elements, ofClass } from './page.fixture.ts';
import { hostile } from './results.fixture.ts';
import { NOBODY } from './wrongs.ts';

const ill = 'hmac-secret.back-in-reverse-after-remove-current';
const pageOf = (run: MadeUpRun): string => renderHtml(drillResults(run));

test('verdict, who and why come first, then procedures with what failed before what did not', () => {
  const all = elements(pageOf(madeUpDrill({ 'client-authority': 'refused' })));
  const { text } = all[0]!;
  expect(text).toContain('Held by Ada <ada@example.org> Reason Quarterly drill');
  const overview = ofClass(all, 'figures')[0]?.text;
  expect(overview).toMatch(
    /failed client-authority 11 courses, .* 12 of \d+ .* 420 ms .* passed hmac-secret 11 courses/,
  );
  expect(overview).toContain('234 ms (500 ms allowed)');
});

test('a drill that went through says so, and asks for no clause that no rotation touches', () => {
  const [page] = elements(pageOf(madeUpDrill()));
  expect(page?.text).toContain('The drill went through');
  expect(page?.text).not.toContain('not judged');
});

test('every course has a timeline, and only those that failed are unfolded', () => {
  const all = elements(pageOf(madeUpDrill({ [ill]: 'accepted' })));
  const folded = ofClass(all, 'course');
  expect(folded).toHaveLength(22);
  expect(ofClass(all, 'timeline')).toHaveLength(22);
  const open = folded.filter(({ attributes }) => 'open' in attributes);
  expect(open).toHaveLength(1);
  expect(open[0]?.text).toMatch(/^failed Abandoned after step 3, remove-current; undone in reverse/);
});

test('a failed finding leads to the moment of the wrong requests on the timeline', () => {
  const all = elements(pageOf(madeUpDrill({ [ill]: 'accepted' })));
  const link = all.find(({ tag, text }) => tag === 'a' && text.startsWith('See it on the timeline'));
  expect(link?.text).toBe('See it on the timeline at 6.3 s: old secret, 6 wrongly let in');
  const place = all.find(({ attributes }) => `#${attributes['id']}` === link?.attributes['href']);
  expect(place).toMatchObject({ tag: 'g', attributes: { class: 'wrong' } });
  expect(place?.text).toBe('6 wrongly let in at 6.3 s to 6.9 s ▼1');
  expect(ofClass(all, 'wrongs')[0]?.text).toContain(
    '▼1 6 wrongly let in: old secret rotation/removed-secret 6.3 s to 6.9 s step 3 remove-current',
  );
});

test('what is wrong stands beside the step in which it began, however long it went on', () => {
  const run = new MadeUpRun();
  run.course(secretRotation, { steps: 3 });
  const [tally] = run.traffic.tallies();
  const slots = tally!.timeline.rows[1]!.slots as Counts[];
  // The second step was begun at 3.4 s and the third at 4.6 s.
  for (let index = 36; index < 70; index += 1) slots[index] = { ...NOBODY, wronglyAccepted: 1 };
  const [wrongs] = ofClass(elements(pageOf(run)), 'wrongs');
  expect(wrongs?.text).toMatch(/34 wrongly let in: old secret .* 3\.6 s to 7\.0 s step 2 sign-with-next$/);
});

test('a course that failed says what was seen of each clause, where, and how to see it again', () => {
  const all = elements(pageOf(madeUpDrill({ [ill]: 'accepted' })));
  const open = ofClass(all, 'course').find(({ attributes }) => 'open' in attributes);
  expect(open?.text).toContain('failed rotation/removed-secret replica-2: accepted expected WRONG_SECRET');
  expect(open?.text).toContain(`npx keydrill drill --only ${ill} --seed 7`);
});

test('what was rehearsed and what failed come before how it was run', () => {
  const [page] = elements(pageOf(madeUpDrill({ [ill]: 'accepted' })));
  const parts = ['Held by Ada', 'Rehearsed', 'Failed', 'What was judged', 'How to read a timeline'];
  const places = parts.map((part) => page?.text.indexOf(part) ?? -1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test('every link on the page leads somewhere, and no two places have one name', () => {
  const all = elements(pageOf(madeUpDrill({ [ill]: 'accepted', 'client-authority': 'refused' })));
  const ids = all.flatMap(({ attributes }) => attributes['id'] ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  const links = all.flatMap(({ tag, attributes }) => (tag === 'a' ? (attributes['href'] ?? []) : []));
  const within = links.filter((href) => href.startsWith('#'));
  expect(within.length).toBeGreaterThan(4);
  for (const href of within) expect(ids).toContain(href.slice(1));
});

test('a timeline is told in words to those who do not see it', () => {
  const all = elements(pageOf(madeUpDrill({ [ill]: 'accepted' })));
  for (const drawing of ofClass(all, 'timeline')) {
    expect(drawing.attributes['role']).toBe('img');
    const named = drawing.attributes['aria-labelledby']
      ?.split(' ')
      .map((id) => all.find(({ attributes }) => attributes['id'] === id)?.text ?? '');
    expect(named?.[0]).toMatch(/^Timeline of [a-z-]+/);
    expect(named?.[1]).toMatch(/^(Carried out|Abandoned .*) in \d.* old secret: \d+ let in, \d+ refused/);
  }
});

test('on one axis stand the steps, the traffic of each credential, what each replica holds and its windows', () => {
  const run = madeUpDrill();
  const all = elements(pageOf(run));
  const drawing = ofClass(all, 'timeline').find(({ text }) =>
    text.startsWith('Timeline of client-authority'),
  );
  for (const part of [
    '1 trust-both',
    'old secret',
    'replica-1 client trust',
    'old+next',
    'it is restarted',
    '6 s',
  ])
    expect(drawing?.text.replaceAll(/\s+/g, ' ')).toContain(part);
});

const drawingOf = (run: MadeUpRun): string =>
  /<svg\s+class="timeline"[\s\S]*<\/svg>/.exec(pageOf(run))?.[0] ?? '';

test('a course takes few bytes, however long it went on', () => {
  const run = new MadeUpRun();
  run.course(secretRotation, { steps: 3 });
  const short = drawingOf(run).length;
  expect(short).toBeLessThan(16_000);
  const [tally] = run.traffic.tallies();
  const wavering = [3, 1, 4, 1, 5].map((accepted) => ({ ...NOBODY, accepted }));
  for (const { slots } of tally!.timeline.rows) {
    for (let at = slots.length; at < 1500; at += 1) (slots as Counts[]).push(wavering[at % 5]!);
  }
  expect(drawingOf(run).length).toBeLessThan(1.5 * short);
});

test('one wrong request among thousands is still drawn', () => {
  const run = madeUpDrill();
  const [tally] = run.traffic.tallies();
  const slots = tally!.timeline.rows[0]!.slots as Counts[];
  for (const index of slots.keys()) slots[index] = { ...NOBODY, accepted: 5000 };
  slots[40] = { ...NOBODY, accepted: 4999, wronglyAccepted: 1 };
  const drawn = elements(pageOf(run)).find(
    ({ tag, attributes }) => tag === 'path' && attributes['class'] === 'bad',
  );
  const [, base, height] = /^M0 (\d+)h40v-(\d+)h1v\2h\d+V\1z$/.exec(drawn?.attributes['d'] ?? '') ?? [];
  const rightly = elements(pageOf(run)).find(
    ({ attributes }) => attributes['class'] === 'in' && attributes['d'],
  );
  const reach = Number(/^M0 \d+v-(\d+)/.exec(rightly?.attributes['d'] ?? '')?.[1]);
  expect(Number(height) - reach).toBeGreaterThanOrEqual(3);
  expect(Number(height)).toBeLessThanOrEqual(Number(base));
});

test('a replica that did not survive its change is told, and when', () => {
  const run = madeUpDrill();
  const evidence = 'it ended with exit code 1';
  const lost = { type: 'casualty', topology: 'secrets', replica: 'replica-2', evidence } as const;
  run.events.push({ ...lost, at: 2000, case: 'hmac-secret' });
  const all = elements(pageOf(run));
  const [course] = ofClass(all, 'course');
  expect(course?.text).toContain('✗ lost replica-2: it ended with exit code 1 2.0 s');
  expect(ofClass(all, 'timeline')[0]?.text).toContain(`${evidence} ✗ lost`);
});

/** The elements of a page on which one text stands wherever a drill has a say; a name without room is not drawn. */
function tagsOfPageFullOf(text: string): string[] {
  const run = new MadeUpRun();
  const step = { id: text, sentence: text, to: [text] };
  run.course({ id: 'a-rotation', what: 'alpha', steps: [step] }, { name: text, steps: 1, restarted: true });
  const page = pageOf(run);
  expect(page.isWellFormed()).toBe(true);
  expect(page).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  return elements(page).flatMap(({ tag }) => (tag === 'tspan' ? [] : [tag]));
}

test.each(Object.entries(hostile))('hostile text (%s) in a drill is text and nothing else', (_, text) => {
  expect(tagsOfPageFullOf(text)).toEqual(tagsOfPageFullOf('harmless'));
});
