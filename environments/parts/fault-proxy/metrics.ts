import type { Reply } from './routes.ts';
import type { Direction } from './toxic.ts';

/** Whose bytes they are. */
export interface Labels {
  readonly direction: Direction;
  readonly listener: string;
  readonly proxy: string;
  readonly upstream: string;
}

/** Counts what one direction of one connection has received and sent, once either has come to its end. */
export interface Count {
  received(bytes: number): void;
  sent(bytes: number): void;
}

/** What has gone through the proxies, as the real server counts it: nothing of what is still going on. */
export class Metrics {
  readonly #received = new Map<string, number>();
  readonly #sent = new Map<string, number>();

  count(labels: Labels): Count {
    const series = Object.entries(labels)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, escaped)}"`)
      .join();
    const into = (counter: Map<string, number>) => (bytes: number) =>
      void counter.set(series, (counter.get(series) ?? 0) + bytes);
    return { received: into(this.#received), sent: into(this.#sent) };
  }

  /** In the text format of Prometheus. */
  reply(): Reply {
    const text = [
      ...OF_THE_HANDLER,
      ...family('toxiproxy_proxy_received_bytes_total', this.#received),
      ...family('toxiproxy_proxy_sent_bytes_total', this.#sent),
    ];
    const type = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
    return { status: 200, type, text: text.map((line) => `${line}\n`).join('') };
  }
}

/** What the real server's library tells of itself. */
const HANDLER_ERRORS = 'promhttp_metric_handler_errors_total';
const OF_THE_HANDLER = [
  `# HELP ${HANDLER_ERRORS} Total number of internal errors encountered by the promhttp metric handler.`,
  `# TYPE ${HANDLER_ERRORS} counter`,
  `${HANDLER_ERRORS}{cause="encoding"} 0`,
  `${HANDLER_ERRORS}{cause="gathering"} 0`,
];

const family = (name: string, counter: ReadonlyMap<string, number>): string[] =>
  counter.size === 0
    ? []
    : [
        `# HELP ${name} `,
        `# TYPE ${name} counter`,
        ...[...counter]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([series, bytes]) => `${name}{${series}} ${shown(bytes)}`),
      ];

const escaped = (character: string): string => (character === '\n' ? String.raw`\n` : `\\${character}`);

/** As Go writes a number at its shortest. */
const shown = (bytes: number): string =>
  bytes < 1e6 ? String(bytes) : bytes.toExponential().replace(/\+(\d)$/, '+0$1');
