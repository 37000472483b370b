import type { Maybe } from '../contract/contract.ts';
import { ofAttempt, type CaseAttempt } from './checks/check.ts';
import type { EventOf } from './events.ts';
import { spanOf, type Exchange, type Span } from './exchange.ts';
import { dueAfter } from './standstill.ts';
import type { View } from './view.ts';

type FaultEvent = EventOf<'fault'>;

/** One fault from its injection to its end. Whatever did not happen yet is infinitely late. */
export interface Band extends Pick<
  FaultEvent,
  'fault' | 'topology' | 'store' | 'replicas' | 'silences' | 'losesReplies' | 'clockOffsetMs' | 'sentence'
> {
  readonly injecting: number;
  /** From when on it was in force for certain. */
  witnessed: number;
  healing: number;
  healed: number;
  /** What the witness said, or why there was none. */
  evidence: string;
  /** It cannot take hold of such a signer. */
  never: boolean;
  /** What shows that it was still there after it was healed. */
  unhealed?: string;
}

/** All faults of a record, as bands. */
export class Faults {
  readonly #bands: Band[] = [];

  add(event: FaultEvent): void {
    const { phase, at, since, evidence, ...what } = event;
    const { fault, topology } = what;
    if (phase === 'injecting') {
      this.#bands.push({
        ...what,
        injecting: at,
        witnessed: Infinity,
        healing: Infinity,
        healed: Infinity,
        evidence,
        never: false,
      });
      return;
    }
    const band = this.#bands.findLast((each) => each.fault === fault && each.topology === topology);
    if (!band) return;
    if (phase === 'witnessed') band.witnessed = since ?? at;
    if (phase === 'never') band.never = true;
    if (phase === 'unhealed') band.unhealed = evidence;
    if (phase === 'healing') band.healing = at;
    else if (phase === 'healed') {
      band.healed = at;
      band.healing = Math.min(band.healing, at);
    } else if (phase !== 'unhealed') band.evidence = evidence;
  }

  /** In the order in which they were injected. */
  get all(): readonly Band[] {
    return this.#bands;
  }
}

/** The faults that one attempt of a case injected: nothing else runs on its topology meanwhile. */
export function faultsOf(view: Pick<View, 'all' | 'faults'>, attempt: CaseAttempt): readonly Band[] {
  const [begun, ended] = ofAttempt(view.all('case'), attempt);
  return view.faults.all.filter(
    ({ topology, injecting }) =>
      begun !== undefined &&
      topology === begun.topology &&
      injecting >= begun.at &&
      injecting <= (ended?.at ?? Infinity),
  );
}

/** Whether faults took the store out of the reach of whoever served over this time. */
export function storeAwayDuring(view: View, span: Span): Maybe {
  let answer: Maybe = 'no';
  for (const band of view.faults.all) {
    if (!mayConcern(band, span)) continue;
    const away = awayBy(view, band, span);
    if (away === 'yes') return 'yes';
    if (away === 'maybe') answer = 'maybe';
  }
  return answer;
}

function awayBy(view: View, band: Band, span: Span): Maybe {
  const { store, injecting, witnessed, healing, healed } = band;
  if (store === 'sound' || injecting >= span.to) return 'no';
  if (healed <= span.from) return afterHeal(view, healed, span);
  const certainly = store === 'away' && witnessed <= span.from && span.to <= healing;
  return certainly && (span.replica !== null || band.replicas === undefined) ? 'yes' : 'maybe';
}

/** A replica may take as long as it declares to find its way back. */
function afterHeal(view: View, healed: number, { topology, replica, from }: Span): Maybe {
  const to = healed + view.run.bounds.recoversWithinMs;
  return from < dueAfter(view, { topology, replica, from: healed, to }) ? 'maybe' : 'no';
}

/**
 * Whether the store may have carried out what a replica asked of it over this time without its hearing of it: by a fault
 * of replies, or by any that ends connections as it begins.
 */
export const mayHaveAskedTwice = (view: View, span: Span): boolean =>
  view.faults.all.some(
    (band) =>
      band.store !== 'sound' &&
      mayConcern(band, span) &&
      band.injecting < span.to &&
      span.from < (band.losesReplies ? band.healed : Math.min(band.witnessed, band.healed)),
  );

/** Whether the store may have forgotten between the one and the other what was spent. */
export const mayHaveForgotten = (view: View, spent: Span, asked: Span): boolean =>
  view.faults.all.some(
    ({ store, topology, injecting, healed }) =>
      store === 'forgetful' && topology === spent.topology && injecting < asked.to && spent.from < healed,
  );

/** Whether a fault of ours may have kept whoever this went to from answering: it was sent before he could go on. */
export function wasSilenced(view: View, exchange: Exchange): boolean {
  const span = spanOf(exchange);
  const byBalancer = exchange.connection.servedBy !== exchange.connection.target;
  return view.faults.all.some(
    (band) =>
      (band.silences === 'replicas' || (band.silences === 'balancer' && byBalancer)) &&
      mayConcern(band, span) &&
      band.injecting < span.to &&
      span.from < band.healed,
  );
}

/** The clocks that whoever served this may have had besides his usual one, and whether that one is still possible. */
export function clocksDuring(
  view: View,
  span: Span,
): { readonly offsetsMs: readonly number[]; readonly usual: boolean } {
  const offsetsMs: number[] = [];
  let usual = true;
  for (const band of view.faults.all) {
    const { clockOffsetMs, injecting, witnessed, healing, healed } = band;
    if (clockOffsetMs === undefined || !mayConcern(band, span)) continue;
    if (injecting >= span.to || healed <= span.from) continue;
    offsetsMs.push(clockOffsetMs);
    if (witnessed <= span.from && span.to <= healing && span.replica !== null) usual = false;
  }
  return { offsetsMs, usual };
}

const mayConcern = ({ topology, replicas }: Band, span: Span): boolean =>
  topology === span.topology &&
  (replicas === undefined || span.replica === null || replicas.includes(span.replica));
