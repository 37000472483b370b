import type { EventOf } from '../harness/judge/events.ts';
import { entriesOf } from './holding-told.ts';

/** What one replica held of one thing over time. */
export interface Lane {
  readonly replica: string;
  readonly what: string;
  readonly spells: readonly Spell[];
}

/** From when to when a replica held this, or one of these: while a change is under way nobody can say which. */
export interface Spell {
  readonly from: number;
  readonly to: number;
  readonly may: readonly string[];
}

/** A lane for each replica and each thing that some replica holds differently at some time in this interval. */
export function lanesOf(
  states: readonly EventOf<'state'>[],
  topology: string,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Lane[] {
  const ours = states.filter((state) => state.topology === topology && state.at <= to);
  const histories = [...Map.groupBy(ours, ({ replica }) => replica)].map(([replica, changes]) => ({
    replica,
    told: told(changes, { from, to }),
  }));
  const keys = new Set(histories.flatMap(({ told: all }) => all.flatMap(({ held }) => [...held.keys()])));
  const changing = [...keys].filter((key) =>
    histories.some(({ told: all }) => new Set(all.map(({ held }) => held.get(key)?.names)).size > 1),
  );
  return histories.flatMap(({ replica, told: all }) =>
    changing.flatMap((key) => {
      const what = all.flatMap(({ held }) => held.get(key) ?? [])[0]?.what;
      return what === undefined ? [] : [{ replica, what, spells: spellsOf(key, all, { from, to }) }];
    }),
  );
}

interface Change {
  /** When it was begun, and from when on no earlier state is left. */
  readonly at: number;
  readonly sure: number;
  readonly held: ReturnType<typeof entriesOf>;
}

/** The changes of one replica that matter to an interval: those in it, and the one before. */
function told(changes: readonly EventOf<'state'>[], { from, to }: { from: number; to: number }): Change[] {
  const begun = changes.filter(({ phase }) => phase === 'begun');
  const before = begun.findLastIndex(({ at }) => at <= from);
  return begun.slice(Math.max(0, before)).map((change) => {
    const same = JSON.stringify(change.holding);
    const witnessed = changes.find(
      ({ phase, at, holding }) =>
        phase === 'witnessed' && at >= change.at && JSON.stringify(holding) === same,
    );
    const sure = Math.min(witnessed?.at ?? Infinity, change.deadline ?? Infinity, to);
    return { at: change.at, sure, held: entriesOf(change.holding, change) };
  });
}

function spellsOf(
  key: string,
  changes: readonly Change[],
  { from, to }: { readonly from: number; readonly to: number },
): Spell[] {
  const moments = [from, to, ...changes.flatMap(({ at, sure }) => [at, sure])]
    .filter((moment) => moment >= from && moment <= to)
    .toSorted((a, b) => a - b);
  const spells: Spell[] = [];
  for (const [index, end] of moments.entries()) {
    const start = moments[index - 1];
    if (start === undefined || start === end) continue;
    const may = mayHold(key, changes, start);
    const last = spells.at(-1);
    if (last && new Set(last.may).symmetricDifference(new Set(may)).size === 0)
      spells[spells.length - 1] = { ...last, to: end };
    else if (may.length > 0) spells.push({ from: start, to: end, may });
  }
  return spells;
}

/** What is held of one thing at some moment: the last state that is sure, and whatever was begun since. */
function mayHold(key: string, changes: readonly Change[], moment: number): string[] {
  const begun = changes.filter(({ at }) => at <= moment);
  const settled = begun.findLastIndex(({ sure }) => sure <= moment);
  const names = begun.slice(Math.max(0, settled)).flatMap(({ held }) => held.get(key)?.names ?? []);
  return [...new Set(names)];
}
