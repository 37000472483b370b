import { expect, test } from 'vitest';
import { Slots } from './timeline.ts';

const accepted = (slots: Slots) => slots.told(['one']).rows[0]!.slots.map((slot) => slot.accepted);

test('a slot is a tenth of a second at first', () => {
  const slots = new Slots(1000);
  for (const at of [1000, 1099.9, 1100, 1350]) slots.count('one', at, 'accepted');
  expect(slots.told(['one'])).toMatchObject({ from: 1000, slotMs: 100 });
  expect(accepted(slots)).toEqual([2, 1, 0, 1]);
});

test('slots grow twice as wide where there would be too many, and nothing is lost or moved', () => {
  const slots = new Slots(0);
  for (let at = 0; at < 400_000; at += 50) slots.count('one', at, 'accepted');
  const { slotMs, rows } = slots.told(['one']);
  expect(slotMs).toBe(400);
  expect(rows[0]!.slots).toHaveLength(1000);
  expect(accepted(slots).every((count) => count === 8)).toBe(true);
});

test('a leap of time makes them as wide as it takes', () => {
  const slots = new Slots(0);
  for (const at of [0, 100, 10_000_000]) slots.count('one', at, 'accepted');
  const { slotMs, rows } = slots.told(['one']);
  expect(slotMs).toBe(12_800);
  expect(rows[0]!.slots.length).toBeLessThanOrEqual(1500);
  expect([accepted(slots)[0], accepted(slots).at(-1)]).toEqual([2, 1]);
});

test('every row is as long as the others, also where nothing was counted', () => {
  const slots = new Slots(0);
  slots.count('one', 250, 'refused');
  const { rows } = slots.told(['one', 'none']);
  expect(rows.map((row) => row.slots.length)).toEqual([3, 3]);
});

test('what was counted may be taken away again, also from a wider slot', () => {
  const slots = new Slots(0);
  slots.count('one', 150, 'wronglyAccepted');
  slots.count('one', 200_000, 'accepted');
  slots.count('one', 150, 'wronglyAccepted', -1);
  slots.count('one', 150, 'accepted');
  expect(slots.told(['one']).rows[0]!.slots[0]).toMatchObject({ accepted: 1, wronglyAccepted: 0 });
});
