import type { EventOf } from '../harness/judge/events.ts';
import type { Finding } from '../harness/judge/findings.ts';
import { endOf, wasAccepted, type Exchange } from '../harness/judge/exchange.ts';
import { faultsOf, type Band } from '../harness/judge/faults.ts';
import type { Stretched } from './axis.ts';
import type { Told } from './drill.ts';
import { heldInWords } from './band.ts';
import { duration } from './legible.ts';
import { rankOf, worstStanding, type Standing } from './standing.ts';

/** One fault that a run was made to suffer, with every time that it was injected. */
export interface Suffered {
  readonly fault: string;
  readonly ordeals: readonly Ordeal[];
}

/** One injection, over the time of the case that asked for it, or its own where none did. */
export interface Ordeal extends Stretched {
  readonly band: Band;
  readonly case?: string;
  readonly asked: readonly Asked[];
  /** How long after it was healed the last of its replicas let something in again, as far as they were asked. */
  readonly recoveredMs?: number;
}

/** A request of that case, by what became of it. */
export interface Asked extends Stretched {
  readonly at: string;
  readonly came: 'accepted' | 'unavailable' | 'refused' | 'unanswered';
}

/** In the order in which they were first injected. */
export function sufferedIn(view: Told): readonly Suffered[] {
  const begun = view.all('case').filter(({ phase }) => phase === 'begun');
  const attempts = new Map(
    begun.flatMap((attempt) => faultsOf(view, attempt).map((band) => [band, attempt] as const)),
  );
  const ordeals = view.faults.all.map((band) => ordealOf(view, band, attempts.get(band)));
  return [...Map.groupBy(ordeals, ({ band }) => band.fault)].map(([fault, these]) => ({
    fault,
    ordeals: these,
  }));
}

function ordealOf(view: Told, band: Band, attempt: EventOf<'case'> | undefined): Ordeal {
  const moments = [band.injecting, band.witnessed, band.healing, band.healed].filter(Number.isFinite);
  const last = Math.max(...moments, view.all('end').at(-1)?.at ?? 0);
  if (attempt === undefined) return { band, from: band.injecting, to: Math.max(...moments), asked: [] };
  const ended = view
    .all('case')
    .find(
      (event) => event.phase === 'ended' && event.case === attempt.case && event.attempt === attempt.attempt,
    );
  const exchanges = view.ofCase(attempt.case).filter(({ request }) => request.attempt === attempt.attempt);
  const recoveredMs = recovery(view, band, exchanges);
  return {
    band,
    case: attempt.case,
    from: attempt.at,
    to: Math.max(ended?.at ?? last, ...moments),
    asked: exchanges.map((exchange) => ({
      at: doorOf(exchange),
      from: exchange.request.at,
      to: endOf(exchange),
      came: cameOf(exchange, view.contract.unavailable),
    })),
    ...(recoveredMs !== undefined && { recoveredMs }),
  };
}

const doorOf = ({ connection }: Exchange): string => connection.servedBy ?? connection.target;

function cameOf(exchange: Exchange, unavailable: ReadonlySet<string>): Asked['came'] {
  const { observed } = exchange;
  if (observed === undefined) return 'unanswered';
  if (wasAccepted(exchange)) return 'accepted';
  return observed.size > 0 && [...observed].every((verdict) => unavailable.has(verdict))
    ? 'unavailable'
    : 'refused';
}

/** Nothing where some replica it concerned, and that was asked afterwards, let nothing in any more. */
function recovery(view: Told, { topology, replicas, healing, healed }: Band, exchanges: readonly Exchange[]) {
  const all = view.all('topology').find((event) => event.topology === topology)?.replicas ?? [];
  const after = exchanges.filter(({ request }) => request.at >= healing);
  const asked = (replicas ?? all.map(({ name }) => name)).flatMap((replica) => {
    const its = after.filter((exchange) => doorOf(exchange) === replica);
    return its.length === 0 ? [] : [its.find(wasAccepted)];
  });
  if (asked.length === 0) return undefined;
  const times = asked.map((first) => (first === undefined ? Infinity : Math.max(0, endOf(first) - healed)));
  const last = Math.max(...times);
  return Number.isFinite(last) ? last : undefined;
}

/** A fault and what was found of it. */
export interface SufferedAndFound extends Suffered {
  readonly findings: readonly Finding[];
  readonly standing: Standing | undefined;
}

/** Faults with the findings of the cases that injected them, what failed first and otherwise in the order of the run. */
export const faultsByVerdict = (
  suffered: readonly Suffered[],
  findings: readonly Finding[],
): readonly SufferedAndFound[] =>
  suffered
    .map((each) => {
      const cases = new Set(each.ordeals.map((ordeal) => ordeal.case));
      const its = findings.filter(({ id }) => cases.has(id));
      return { ...each, findings: its, standing: worstStanding(its) };
    })
    .toSorted((a, b) => rankOf(a.standing) - rankOf(b.standing));

/** The clauses that faults were held against, in the contract's order. */
export function clausesUnderFaults(
  faults: readonly SufferedAndFound[],
  clauses: readonly { readonly id: string }[],
): readonly string[] {
  const spoken = new Set(faults.flatMap(({ findings }) => findings.map(({ clause }) => clause)));
  const ordered = clauses.flatMap(({ id }) => (spoken.has(id) ? [id] : []));
  return [...new Set([...ordered, ...spoken])];
}

/** What passed findings came to in figures; where there are several for a clause, each is better read by itself. */
export const measuredUnder = ({
  findings,
}: SufferedAndFound): readonly { readonly clause: string; readonly actual: string }[] =>
  [...Map.groupBy(findings, ({ clause }) => clause).values()].flatMap((ofClause) => {
    const [only, ...others] = ofClause;
    if (only?.outcome !== 'pass' || only.actual === undefined || others.length > 0) return [];
    return [{ clause: only.clause, actual: only.actual }];
  });

/** Whether it took hold, for how long in all, and whether it ended. */
export const tookHold = ({ ordeals }: Suffered): string =>
  heldInWords(
    ordeals.map(({ band }) => band),
    Math.max(...ordeals.map(({ to }) => to)),
  );

/** The longest that it took until something was let in again. */
export function recoveryInWords({ ordeals }: Suffered): string {
  const times = ordeals.flatMap(({ recoveredMs }) => recoveredMs ?? []);
  return times.length === 0 ? '–' : `after ${duration(Math.max(...times))}`;
}
