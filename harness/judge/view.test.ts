import { expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { factsOf, Story, TOPOLOGY } from './history.fixture.ts';
import { endOf, wasAccepted } from './exchange.ts';
import { View } from './view.ts';

test('a history begins with its run', () => {
  expect(() => new View(signerAuthV1).run).toThrow('A history begins with its run event');
});

test('an exchange grows as its end is told', () => {
  const story = new Story();
  const exchange = story.exchange({ at: 10 });
  expect(endOf(exchange)).toBe(Infinity);
  expect(exchange.observed).toBeUndefined();
  story.tell({ type: 'answer', at: 25, request: 'r1', status: 200, headers: [], body: '' });
  expect(endOf(exchange)).toBe(25);
  expect(exchange.observed).toEqual(new Set([ACCEPTED]));
  expect(wasAccepted(exchange)).toBe(true);
});

test('what was lost says nothing, unless a certificate was refused', () => {
  const story = new Story();
  expect(story.exchange({ at: 0, lost: 'timeout' }).observed).toBeUndefined();
  expect(story.exchange({ at: 0, lost: 'alert', alert: 'internal_error' }).observed).toBeUndefined();
  expect(story.exchange({ at: 0, lost: 'alert', alert: 'unknown_ca' }).observed).toEqual(
    new Set(['AUTH_MTLS_REQUIRED', 'AUTH_INVALID_CLIENT']),
  );
});

test('requests are found by case, by key and by themselves', () => {
  const story = new Story();
  const first = story.exchange({ at: 0, case: 'a', nonce: 'nonce-of-16-bytes' });
  const second = story.exchange({ at: 1, case: 'b', nonce: 'nonce-of-16-bytes' });
  const third = story.exchange({ at: 2, case: 'b', nonce: 'another-nonce-16b' });
  const { view } = story;
  expect(view.ofCase('b')).toEqual([second, third]);
  expect(view.ofCase('c')).toEqual([]);
  expect(view.spending(TOPOLOGY, '["one","nonce-of-16-bytes"]')).toEqual([first, second]);
  expect(view.spending('short', '["one","nonce-of-16-bytes"]')).toEqual([]);
  expect([...view.spentKeys]).toEqual([[first, second], [third]]);
  expect(view.exchange('r3')).toBe(third);
  expect([...view.exchanges]).toEqual([first, second, third]);
});

test('a request that may be read in several ways is listed once under each key', () => {
  const story = new Story();
  const [reading] = factsOf().readings;
  const readings = ['n-1', 'n-2', 'n-1'].map((nonce) => ({ ...reading!, nonce }));
  const exchange = story.exchange({ at: 0, facts: factsOf({ facts: { readings } }) });
  expect(exchange.keys).toEqual(['["one","n-1"]', '["one","n-2"]']);
  expect(story.view.spending(TOPOLOGY, '["one","n-1"]')).toEqual([exchange]);
});

test('what refers to nothing is refused', () => {
  const { view, events } = new Story();
  expect(() =>
    view.add({ type: 'answer', at: 1, request: 'r9', status: 200, headers: [], body: '' }),
  ).toThrow('An answer names unknown request r9');
  const story = new Story();
  story.exchange({ at: 0 });
  const request = story.events.find((event) => event.type === 'request')!;
  expect(events).not.toContain(request);
  expect(() => view.add(request)).toThrow('Request r1 travels on unknown connection cr1');
});

test('events of one type keep the order of the record', () => {
  const story = new Story();
  story.fault('injecting', 5);
  story.fault('witnessed', 3);
  expect(story.view.all('fault').map(({ phase }) => phase)).toEqual(['injecting', 'witnessed']);
  expect(story.view.all('wait')).toEqual([]);
});
