import { expect, test } from 'vitest';
import { eventSchema, type EventOf } from './events.ts';
import { isOfStream, parseLine } from './history-line.ts';

const sent: EventOf<'sent'> = {
  type: 'sent',
  at: 17.5,
  id: 'q1',
  stream: 's1',
  connection: 'c1',
  due: 17,
  stamp: ['1772443800017', 'a-nonce'],
};
const got: EventOf<'got'> = { type: 'got', at: 19.25, id: 'q1', status: 200 };
const whole: readonly object[] = [
  sent,
  { ...sent, taken: 17.25, stamp: [] },
  got,
  { ...got, status: 401, body: '' },
];

// As they may stand in a file: a number can be too large to be one.
const odd = ['null', 'true', '""', '"gone"', '7', '-0', '1.5', '1e16', '1e999', '[]', '["a", 1]', '{}'];
const fields = [...Object.keys({ ...sent, ...got }), 'taken', 'body', 'secret', '__proto__', 'toString'];

const without = (event: object, field: string): string =>
  JSON.stringify(event, (key, value: unknown) => (key === field ? undefined : value));
const lines = whole.flatMap((event) =>
  fields.flatMap((field) => {
    const others = without(event, field);
    return [others, ...odd.map((value) => others.replace('}', `,"${field}":${value}}`))];
  }),
);

test('requests of streams and their answers are told without the schema exactly where it would take them', () => {
  const byTheSchema = lines.filter((line) => eventSchema.safeParse(JSON.parse(line)).success);
  expect(lines.filter((line) => isOfStream(JSON.parse(line)))).toEqual(byTheSchema);
  expect(byTheSchema.length).toBeGreaterThan(whole.length);
});

test('and are read as the schema reads them', () => {
  for (const event of whole) {
    expect(isOfStream(event)).toBe(true);
    expect(parseLine(JSON.stringify(event), 'history.jsonl', 1)).toStrictEqual(eventSchema.parse(event));
  }
});

test.each(['7', 'null', '"sent"', '[]'])('%s is none of them', (json) => {
  expect(isOfStream(JSON.parse(json))).toBe(false);
});
