import { expect, test } from 'vitest';
import { drillResults, MadeUpRun, secretRotation } from './drill.fixture.ts';
import { renderHtml } from './html.ts';
import { elements, ofClass } from './page.fixture.ts';
import { hostile } from './results.fixture.ts';
import { chaosResults, RESIDUAL } from './suffered.fixture.ts';

const page = elements(renderHtml(chaosResults()));
const [overview, ...closeUps] = ofClass(page, 'timeline');
const closeUpOf = (fault: string) => closeUps.find(({ text }) => text.startsWith(`Timeline of ${fault} `))!;

test('one timeline holds all faults of a topology in the order of the run', () => {
  const names = ['unreachable', 'out-of-memory', 'slow', 'flushed', 'paused'].map((name) => `store-${name}`);
  const places = names.map((name) => overview!.text.indexOf(`${name}: injected at`));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(overview!.text).toContain('chaos-store-unreachable');
});

test('what nobody witnessed, what cannot be and what did not end are told in words and in shape', () => {
  for (const words of [
    'store-slow ? not witnessed',
    'clock-skewed ∅ not applicable',
    'store-paused in force 840 ms, ✗ not healed',
  ])
    expect(overview!.text).toContain(words);
  const drawn = elements(renderHtml(chaosResults())).map(({ attributes }) => attributes['class']);
  // One of them on each of two timelines, and one in the legend.
  expect(drawn.filter((name) => name === 'unwitnessed')).toHaveLength(3);
});

test('a band shows its parts: not yet certain, in force, being healed', () => {
  const one = renderHtml(chaosResults());
  const start = one.indexOf('<title id="fault-1-1-title">');
  const drawing = one.slice(start, one.indexOf('<path', start));
  // The case of 1600 ms injected it after 300, had it witnessed after 360, healed it after 1200 and saw that after 1250.
  expect(drawing).toMatch(/class="taking-hold"\s+x1="18.75%"\s+x2="22.5%"/);
  expect(drawing).toMatch(/class="fault"\s+x="22.5%"\s+y="16"\s+width="52.5%"/);
  expect(drawing).toMatch(/class="mending"\s+x1="75%"\s+x2="78.13%"/);
});

test('under a fault it is seen how each replica answered before, meanwhile and after', () => {
  const { text } = closeUpOf('store-unreachable');
  expect(text).toContain(
    'replica-1: before 5 let in; meanwhile 10 refused as unavailable; after 4 let in, 1 refused as unavailable',
  );
  expect(closeUpOf('store-paused').text).toContain('replica-2 5 let in, 15 not answered');
});

/** How many marks each drawing has of this kind. */
const marks = (came: string) =>
  ofClass(page, came).flatMap(({ attributes }) => attributes['d']?.match(/M\d+ 13V\d+/g)?.length ?? []);

test('each request is a mark, by what became of it', () => {
  // The legend comes first, then two replicas under each of three faults, and under one.
  expect(marks('unavailable').slice(1)).toEqual([11, 11, 11, 11, 11, 11]);
  expect(marks('unanswered').slice(1)).toEqual([15, 15]);
});

test('the table holds each fault against each clause, what failed first', () => {
  const [matrix] = ofClass(page, 'matrix');
  expect(matrix?.text).toMatch(
    /^Fault replay\/single-use replay\/shared replay\/fail-closed failed store-out-of-memory replay\/single-use FAIL replay\/shared – replay\/fail-closed pass in doubt store-slow .* not applicable clock-skewed .* replay\/shared n\/a/,
  );
});

test('what passed and was measured is told, the risk that is left among it', () => {
  const [measured] = ofClass(page, 'took-hold');
  expect(measured?.text).toContain(
    `store-flushed in force 840 ms the store counts 0 connections of replicas ${RESIDUAL} replay/single-use let in again after 130 ms`,
  );
});

test('only what failed or is in doubt is unfolded', () => {
  const open = ofClass(page, 'course').filter(({ attributes }) => 'open' in attributes);
  expect(open.map(({ text }) => /store-[\w-]+/.exec(text)?.[0])).toEqual([
    'store-out-of-memory',
    'store-slow',
    'store-paused',
  ]);
});

test('every cell leads to its finding, and no two places have one name', () => {
  const ids = page.flatMap(({ attributes }) => attributes['id'] ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  const links = page.flatMap(({ tag, attributes }) => (tag === 'a' ? (attributes['href'] ?? []) : []));
  const within = links.filter((href) => href.startsWith('#'));
  expect(within.length).toBeGreaterThan(16);
  for (const href of within) expect(ids).toContain(href.slice(1));
});

test('every timeline is told in words to those who do not see it', () => {
  expect(closeUps).toHaveLength(7);
  for (const { attributes } of [overview!, ...closeUps]) {
    expect(attributes['role']).toBe('img');
    for (const id of attributes['aria-labelledby']?.split(' ') ?? [''])
      expect(page.find((each) => each.attributes['id'] === id)?.text).not.toBe('');
  }
});

test('a fault in the middle of a step is a band on the timeline of its course', () => {
  const run = new MadeUpRun();
  run.course(secretRotation, { steps: 1, fault: 'witnessed' });
  const all = elements(renderHtml(drillResults(run)));
  const ofCourse = ofClass(all, 'timeline').find(({ text }) => text.startsWith('Timeline of hmac-secret'));
  // The step was begun at 0.8 s, and half of it was done at 1.5 s.
  expect(ofCourse?.text).toContain(
    'store-unreachable: injected at 1.50 s, witnessed from 1.55 s on (the store counts 0 connections), healing from 2.00 s on, healed at 2.06 s',
  );
  expect(ofCourse?.text).toContain('store-unreachable in force 450 ms');
  const link = all.find(({ tag, text }) => tag === 'a' && text === 'See it on the timeline of hmac-secret');
  const place = all.find(({ attributes }) => `#${attributes['id']}` === link?.attributes['href']);
  expect(place?.text).toMatch(/^passed Carried out/);
  expect(ofClass(all, 'matrix')[0]?.text).toContain('passed store-unreachable rotation/removed-secret pass');
});

test('a run without faults has no word of them', () => {
  expect(renderHtml({ ...chaosResults(), suffered: [] })).not.toContain('<h2>Faults');
});

const tagsOfPageFullOf = (text: string): readonly string[] => {
  const full = renderHtml(chaosResults(text));
  expect(full.isWellFormed()).toBe(true);
  expect(full).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  return elements(full).flatMap(({ tag }) => (tag === 'tspan' ? [] : [tag]));
};

const tagsOfHarmlessPage = tagsOfPageFullOf('harmless');

test.each(Object.entries(hostile))('hostile text (%s) in a fault is text and nothing else', (_, text) => {
  expect(tagsOfPageFullOf(text)).toEqual(tagsOfHarmlessPage);
});
