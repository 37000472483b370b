const duties = new Set<() => void>();

process.on('exit', () => {
  for (const duty of duties) duty();
});

/** What must still be done where a measurement is cut short, until it has been done anyway. */
export function whenLeaving(duty: () => void): { done(): void } {
  duties.add(duty);
  return { done: () => void duties.delete(duty) };
}
