import { expect, test } from 'vitest';
import { Tickets } from './tickets.ts';

test('the oldest session is used first, once, and is not pushed out by new ones', () => {
  const tickets = new Tickets();
  for (let number = 1; number <= 100; number += 1) tickets.add(Buffer.of(number));

  expect(tickets.take()).toEqual(Buffer.of(1));
  expect(tickets.take()).toEqual(Buffer.of(2));
});

test('it is told when the next one comes', async () => {
  const tickets = new Tickets();
  const next = tickets.next();
  expect(tickets.take()).toBeUndefined();
  tickets.add(Buffer.of(1));

  await next;
  expect(tickets.take()).toEqual(Buffer.of(1));
});
