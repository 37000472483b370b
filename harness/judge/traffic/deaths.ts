import { ACCEPTED } from '../../contract/contract.ts';
import type { Change } from '../changes.ts';
import { clockDuring } from '../clock-at.ts';
import type { Span } from '../exchange.ts';
import type { View } from '../view.ts';
import type { Judged, Sent } from './sent.ts';
import type { Death } from './tally.ts';

/** What one stream met with at one replica since a change took its validity. */
interface Dying {
  readonly credential: string;
  readonly replica: string;
  readonly mode: Death['mode'];
  readonly clause: string;
  /** When the change began at the first replica, when here, and when it must be in force here. */
  readonly since: number;
  readonly begun: number;
  readonly deadline: number;
  last: number;
  answered: number;
  refused: number;
}

interface Watched {
  /** The last request and when it was under way, by which validity is asked. */
  sent: Sent;
  span: Span;
  dying?: Dying;
}

/** A death, with what a finding says of it. */
export interface ToldDeath extends Death {
  readonly clause: string;
  /** Refusals since it was let in for the last time. */
  readonly refused: number;
}

/** Watches credentials lose their validity, replica by replica. */
export class Deaths {
  #watched = new Map<string, Map<string, Watched>>();
  readonly #since = new Map<string, number>();
  readonly #dyings: Dying[] = [];

  see({ sent, span, letIn, observed, end }: Judged): void {
    if (span.replica === null) return;
    const { id } = sent.stream;
    let here = this.#watched.get(id);
    if (!here) this.#watched.set(id, (here = new Map()));
    const watched = here.get(span.replica);
    if (!watched) {
      here.set(span.replica, { sent, span });
      return;
    }
    watched.sent = sent;
    watched.span = span;
    const { dying } = watched;
    if (!dying || observed === undefined || end.at < dying.begun) return;
    dying.answered += 1;
    if (letIn) {
      dying.last = Math.max(dying.last, end.at);
      dying.refused = 0;
    } else dying.refused += 1;
  }

  /** A replica begins to change from what it was given before to what it is given now. */
  changed(view: View, before: Change, now: Change): void {
    for (const watchedAt of this.#watched.values()) {
      const watched = watchedAt.get(now.replica);
      if (!watched) continue;
      const [was, is] = [before, now].map(({ holding }) => isLetIn(view, watched, holding));
      if (was && !is) this.#dies(view, watched, now);
      if (!was && is) this.#revives(watched, now);
    }
  }

  /** Nothing more is sent. */
  over(): void {
    this.#watched = new Map();
  }

  told(): ToldDeath[] {
    const deaths = new Map<string, ToldDeath>();
    for (const dying of this.#dyings) {
      const { credential, replica, mode, clause, since, deadline, last, answered, refused } = dying;
      if (answered === 0) continue;
      const key = JSON.stringify([credential, replica, mode, since]);
      const other = deaths.get(key);
      const told = { credential, replica, mode, clause, boundMs: deadline - since };
      deaths.set(key, {
        ...told,
        afterMs: Math.max(other?.afterMs ?? 0, last - since),
        refused: (other?.refused ?? 0) + refused,
      });
    }
    return [...deaths.values()];
  }

  #dies(view: View, watched: Watched, { at, deadline, replica }: Change): void {
    const { credential, mode, clauses } = watched.sent.stream;
    const since = this.#since.get(credential) ?? at;
    this.#since.set(credential, since);
    const { appliesWithinMs } = view.run.bounds;
    watched.dying = {
      credential,
      replica,
      mode,
      clause: clauses.accepted,
      since,
      begun: at,
      deadline: Number.isFinite(deadline) ? deadline : at + appliesWithinMs,
      last: since,
      answered: 0,
      refused: 0,
    };
    this.#dyings.push(watched.dying);
  }

  /** One that came back before it had to be gone never had to die. */
  #revives(watched: Watched, { at }: Change): void {
    const { dying } = watched;
    this.#since.delete(watched.sent.stream.credential);
    if (!dying) return;
    delete watched.dying;
    if (at < dying.deadline) this.#dyings.splice(this.#dyings.indexOf(dying), 1);
  }
}

/** Whether it would be let in if its replica held this, everything else being well. */
const isLetIn = (view: View, { sent, span }: Watched, holding: unknown): boolean =>
  view.contract
    .rightVerdicts(sent.facts, sent.connection.peer, {
      holdings: [holding],
      clock: clockDuring(view, span),
      spent: () => 'no',
      storeDown: 'no',
    })
    .has(ACCEPTED);
