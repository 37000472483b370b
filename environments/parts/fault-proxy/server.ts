import type { Endpoint } from '../splice.ts';

/** A server that is driven over Toxiproxy's API, for example by toxiproxy-node-client. */
export interface FaultProxyServer extends AsyncDisposable {
  /** Where its API is. */
  readonly at: Endpoint;
  /** Whose it is and of which version, as a report should name it. */
  readonly name: string;
}
