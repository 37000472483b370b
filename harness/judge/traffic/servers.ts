import type { EventOf } from '../events.ts';
import type { Span } from '../exchange.ts';
import type { Judgement } from '../findings.ts';
import { holdingsDuring } from '../holdings.ts';
import type { View } from '../view.ts';
import { Suspects } from './suspects.ts';

interface Handshake {
  readonly span: Span;
  readonly connection: EventOf<'connection'>;
  readonly expected: readonly string[];
}

/** Which server certificates were shown over one course, where one was shown. */
export class Servers {
  readonly #suspects = new Suspects<Handshake>();
  /** Replicas that were given another certificate on the way. */
  readonly #changed = new Set<string>();
  #right = 0;

  changed(replica: string): void {
    this.#changed.add(replica);
  }

  see(view: View, connection: EventOf<'connection'>): void {
    const { topology, servedBy, shown, at: to, since: from = to } = connection;
    if (servedBy === null || shown === undefined) return;
    const span = { topology, replica: servedBy, from, to };
    const expected = mayShow(view, span);
    if (!expected.includes(shown)) this.#suspects.add({ span, connection, expected });
    else if (expected.length === 1 && this.#changed.has(servedBy)) this.#right += 1;
  }

  review(view: View, stoodStillFrom: number): void {
    this.#suspects.review(stoodStillFrom, ({ span, connection }) =>
      mayShow(view, span).includes(connection.shown ?? ''),
    );
  }

  judge(): Judgement {
    const [first] = this.#suspects.kept;
    if (first) {
      const { connection, expected } = first;
      return {
        outcome: 'fail',
        reason: `Connection ${connection.id} to ${connection.target}, one of ${this.#suspects.count}`,
        expected: expected.join(' or '),
        actual: `shown ${connection.shown}`,
        ...(connection.servedBy !== null && { replica: connection.servedBy }),
      };
    }
    return this.#right > 0 && this.#suspects.count === 0
      ? { outcome: 'pass', actual: `shown in ${this.#right} handshakes after a change` }
      : { outcome: 'inconclusive', reason: 'No handshake was decided after a change of certificates' };
  }
}

const mayShow = (view: View, span: Span): readonly string[] => [
  ...new Set(holdingsDuring(view, span).map((holding) => view.contract.shows(holding))),
];
